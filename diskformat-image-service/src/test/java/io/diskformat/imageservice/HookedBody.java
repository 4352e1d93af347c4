package io.diskformat.imageservice;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Data in the middle of which, or at whose end, something else is done, once. */
public final class HookedBody extends InputStream {
  private static final int PIECE = 50_000;

  private final ByteArrayInputStream data;
  private final int left;
  private final Action action;
  private boolean done;

  /** Something that is done. */
  @FunctionalInterface
  public interface Action {
    /** Does it. */
    void run() throws IOException;
  }

  private HookedBody(byte[] data, int left, Action action) {
    this.data = new ByteArrayInputStream(data);
    this.left = left;
    this.action = action;
  }

  /** Returns data of which two thirds are read before the action is done. */
  public static HookedBody inTheMiddle(byte[] data, Action action) {
    return new HookedBody(data, data.length / 3, action);
  }

  /** Returns data of which all is read before the action is done. */
  public static HookedBody atTheEnd(byte[] data, Action action) {
    return new HookedBody(data, 0, action);
  }

  /** Returns whether the action was done. */
  public boolean isDone() {
    return done;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (data.available() <= left && !done) {
      done = true;
      action.run();
    }
    return data.read(bytes, offset, Math.min(length, PIECE));
  }
}
