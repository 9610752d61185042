package app;

record Reading(int x, InputStream in) implements AutoCloseable {
    Reading {
        check(x);
    }

    static Reading of() {
        return new Reading(1, null);
    }

    public void close() {
        in.close();
    }
}

class Patterns {
    int switches(Object o, int k) {
        int r = switch (k) {
            case 1 -> one();
            case 2, 3 -> {
                var t = two();
                yield t;
            }
            case 4 -> throw new IllegalStateException();
            default -> 0;
        };
        String t = switch (o) {
            case String text when text.length() > 3 -> text.trim();
            case Reading(int x, var in) -> in.toString();
            case null, default -> "";
        };
        if (!(o instanceof Reading p)) return r;
        p.close();
        return 1;
    }
}
