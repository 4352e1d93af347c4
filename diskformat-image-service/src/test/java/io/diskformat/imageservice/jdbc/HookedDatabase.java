package io.diskformat.imageservice.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import javax.sql.DataSource;

/** A database after each query of which something else is done. */
final class HookedDatabase {
  private final String url;
  private final Hook hook;

  /** Something that is done. */
  @FunctionalInterface
  interface Hook {
    /**
     * Does it.
     *
     * @param sql the query that was run
     */
    void after(String sql) throws Exception;
  }

  HookedDatabase(String url, Hook hook) {
    this.url = url;
    this.hook = hook;
  }

  DataSource source() {
    return proxy(
        DataSource.class,
        (_, method, _) -> {
          if (!method.getName().equals("getConnection")) {
            throw new UnsupportedOperationException(method.getName());
          }
          Connection real = DriverManager.getConnection(url);
          return proxy(Connection.class, (_, called, arguments) -> of(real, called, arguments));
        });
  }

  private Object of(Connection real, Method method, Object[] arguments) throws Throwable {
    Object result = invoke(real, method, arguments);
    return result instanceof PreparedStatement statement
        ? proxy(
            PreparedStatement.class,
            (_, called, values) -> {
              Object rows = invoke(statement, called, values);
              if (called.getName().equals("executeQuery")) {
                hook.after(String.valueOf(arguments[0]));
              }
              return rows;
            })
        : result;
  }

  private static Object invoke(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            HookedDatabase.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
