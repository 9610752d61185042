package shop;

import java.io.FileInputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;

/** Orders in a database: a connection closed on success only, a stream never closed, an executor for every call. */
public class OrderStore {
    private final DataSource source;

    public OrderStore(DataSource source) {
        this.source = source;
    }

    public void rename(long id, String name) throws SQLException {
        Connection connection = source.getConnection();
        PreparedStatement statement = connection.prepareStatement("update orders set name = ? where id = ?");
        statement.setString(1, name);
        statement.setLong(2, id);
        statement.executeUpdate();
        statement.close();
        connection.close();
    }

    public int firstByte(String path) throws IOException {
        FileInputStream stream = new FileInputStream(path);
        return stream.read();
    }

    public void renameAll(List<Long> ids, String name) {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        for (Long id : ids) {
            executor.submit(() -> {
                rename(id, name);
                return null;
            });
        }
    }
}
