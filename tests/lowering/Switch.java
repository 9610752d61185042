class Switch {
    int old(int kind, Sink sink) {
        int sum = 0;
        outer:
        for (int i = 0; i < kind; i++) {
            switch (i) {
                case 1:
                case 2:
                    sink.add(i);
                    continue outer;
                case 3:
                    break outer;
                default:
                    sum += i;
            }
            sink.flush();
        }
        return sum;
    }

    String arrow(Object value) {
        return switch (value) {
            case String text when text.isEmpty() -> text.trim();
            case Integer number -> {
                Log.info(number);
                yield number.toString();
            }
            default -> throw new IllegalArgumentException();
        };
    }
}
