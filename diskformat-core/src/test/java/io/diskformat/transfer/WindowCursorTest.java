package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.BlockDevice;
import io.diskformat.ExtentCursor;
import java.io.IOException;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

final class WindowCursorTest {
  /** Several workers share it, and each would fail otherwise than the one that saw the reason. */
  @Test
  void whatFailedOnceIsAtItsEnd() throws IOException {
    IOException damaged = new IOException("damaged");
    boolean[] failed = new boolean[1];
    ExtentCursor extents =
        () -> {
          if (failed[0]) {
            return null;
          }
          failed[0] = true;
          throw damaged;
        };
    BlockDevice device =
        (BlockDevice)
            Proxy.newProxyInstance(
                BlockDevice.class.getClassLoader(),
                new Class<?>[] {BlockDevice.class},
                (_, method, _) -> method.getName().equals("size") ? (Object) 1024L : extents);
    WindowCursor cursor = new WindowCursor(device, 1024, 512, 512);
    assertSame(damaged, assertThrows(IOException.class, cursor::next));
    assertNull(cursor.next());
  }
}
