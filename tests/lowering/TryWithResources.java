package shop.files;

import java.io.*;
import java.sql.Connection;

class TryWithResources {
    String first(File file, Connection given) throws IOException {
        try (given;
                InputStream in = new FileInputStream(file);
                Reader reader = new InputStreamReader(in)) {
            if (file.length() == 0) {
                return "";
            }
            return String.valueOf(reader.read());
        } catch (FileNotFoundException | SecurityException missing) {
            return null;
        } finally {
            Log.done(file);
        }
    }
}
