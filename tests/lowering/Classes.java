package shop;

import static shop.Log.info;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

@Component
public class Classes extends Base<String> implements AutoCloseable {
    private static final List<Classes> ALL = new ArrayList<>();
    private final Bus bus;
    private Consumer<String> last = System.out::println;

    static {
        info("loaded");
    }

    {
        ALL.add(this);
    }

    @Inject
    public Classes(Bus bus) {
        this.bus = bus;
        bus.listen(event -> handle(event));
        bus.listen(this::handle);
        bus.listen(new Listener() {
            private int seen;

            @Override
            public void on(Event event) {
                seen++;
                handle(event);
            }
        });
    }

    private synchronized void handle(Event event) {
        last.accept(event.name());
        if (event instanceof Closed closed) {
            closed.confirm();
        }
    }

    @Override
    public void close() {
        ALL.remove(this);
        super.close();
    }

    enum Color { RED, GREEN { void paint() { info("green"); } } }

    record Point(int x, int y) {
        Point {
            info("point");
        }
    }

    interface Listener {
        void on(Event event);
    }
}
