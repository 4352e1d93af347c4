package io.diskformat.imageservice;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.channels.SeekableByteChannel;

/** Catalogues and stores of which something else is done before and after each call. */
public final class HookedCalls {
  private final Hook before;
  private final Hook after;

  /** Something that is done. */
  @FunctionalInterface
  public interface Hook {
    /**
     * Does it.
     *
     * @param method the name of the method that is called
     */
    void at(String method) throws IOException;
  }

  /** Does nothing. */
  public static final Hook NOTHING = method -> {};

  /** What was begun in a store, or opened, is hooked as well. */
  public HookedCalls(Hook before, Hook after) {
    this.before = before;
    this.after = after;
  }

  /** Wraps an object of an interface. */
  public <T> T wrap(Class<T> type, T real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call(real, method, arguments)));
  }

  private Object call(Object real, Method method, Object[] arguments) throws Throwable {
    before.at(method.getName());
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    after.at(method.getName());
    return switch (result) {
      case BlobStore.Pending pending -> wrap(BlobStore.Pending.class, pending);
      case SeekableByteChannel channel -> wrap(SeekableByteChannel.class, channel);
      case null, default -> result;
    };
  }
}
