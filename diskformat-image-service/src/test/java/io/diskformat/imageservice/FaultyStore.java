package io.diskformat.imageservice;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls that fail, each before or after it is done: of stores and of catalogues. */
final class FaultyStore {
  private final AtomicInteger calls = new AtomicInteger();
  private volatile int failing = -1;
  private volatile boolean forEver;
  private volatile boolean afterwards;

  /** Makes one call fail, counted from now on, or all from it on. */
  void fail(int call, boolean allBehindIt, boolean onceItIsDone) {
    calls.set(0);
    forEver = allBehindIt;
    afterwards = onceItIsDone;
    failing = call;
  }

  /** Makes no call fail any more; returns how many there were. */
  int heal() {
    failing = -1;
    return calls.get();
  }

  <T> T of(Class<T> type, T real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call(real, method, arguments)));
  }

  private Object call(Object real, Method method, Object[] arguments) throws Throwable {
    boolean counts =
        switch (method.getName()) {
          case "close", "isShared", "free", "type", "properties" -> false;
          default -> true;
        };
    int number = counts ? calls.getAndIncrement() : -1;
    boolean fails = failing >= 0 && (number == failing || (forEver && number > failing));
    if (fails && !afterwards) {
      throw new IOException("broken");
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (fails) {
      throw new IOException("broken");
    }
    return result instanceof BlobStore.Pending pending
        ? of(BlobStore.Pending.class, pending)
        : result;
  }
}
