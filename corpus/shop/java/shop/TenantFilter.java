package shop;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers the tenant of a request and where it came from, and forgets neither. */
public class TenantFilter implements Filter {
    static final ThreadLocal<String> TENANT = new ThreadLocal<>();
    private static final Map<String, Long> LAST_SEEN = new ConcurrentHashMap<>();

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String tenant = request.getParameter("tenant");
        TENANT.set(tenant);
        LAST_SEEN.put(request.getRemoteAddr(), System.currentTimeMillis());
        chain.doFilter(request, response);
    }
}
