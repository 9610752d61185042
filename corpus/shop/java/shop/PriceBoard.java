package shop;

import java.beans.PropertyChangeListener;
import java.beans.PropertyChangeSupport;
import java.util.Timer;
import java.util.TimerTask;

/** Shows a price. Closing it takes neither the listener nor the timer back. */
public class PriceBoard implements AutoCloseable {
    private final PropertyChangeSupport sharedPrices;
    private final PropertyChangeListener onChange = event -> show(event.getNewValue());
    private Timer timer;

    public PriceBoard(PropertyChangeSupport sharedPrices) {
        this.sharedPrices = sharedPrices;
        sharedPrices.addPropertyChangeListener(onChange);
    }

    public void start() {
        timer = new Timer();
        timer.scheduleAtFixedRate(
                new TimerTask() {
                    @Override
                    public void run() {
                        show("…");
                    }
                },
                0,
                1_000);
    }

    private void show(Object price) {
        System.out.println(price);
    }

    @Override
    public void close() {
        System.out.println("closed");
    }
}
