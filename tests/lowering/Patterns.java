// Patterns, labels and annotations that the grammar does not read.
class Patterns {
    String name(Object shape, String @Nullable ... names) {
        return switch (shape) {
            case @SuppressWarnings("unused") Square _ -> first(names);
            case final Circle circle -> circle.name();
            case null, default -> "none";
        };
    }

    int side(Object shape) {
        if (shape instanceof Shapes.Pair(final Square left, Square _)) {
            return left.side();
        }
        return 0;
    }
}
