package io.diskformat.inside.change;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.device.StorageDevice;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes that follow each other are one write, and a barrier comes only after a write. */
final class RunWriterTest {
  private final List<String> calls = new ArrayList<>();

  private StorageDevice device() throws IOException {
    return new StorageDevice(
        new ForwardingStorage(MemoryStorage.of("disk", new byte[4 << 20])) {
          @Override
          public void write(long position, MemorySegment source) throws IOException {
            calls.add(position + " " + source.byteSize());
            super.write(position, source);
          }

          @Override
          public void flush() throws IOException {
            calls.add("barrier");
            super.flush();
          }
        },
        true);
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void runsAreJoined() throws IOException {
    try (StorageDevice device = device()) {
      RunWriter writer = new RunWriter(device);
      writer.add(512, filled(512, 1));
      writer.add(1024, filled(1024, 2));
      writer.add(8192, filled(512, 3));
      assertEquals(List.of("512 1536"), calls);
      writer.barrier();
      assertEquals(List.of("512 1536", "8192 512", "barrier"), calls);
      writer.write();
      writer.barrier();
      assertEquals(3, calls.size());
      byte[] found = new byte[1024];
      device.read(512, found);
      assertArrayEquals(filled(512, 1), Arrays.copyOf(found, 512));
      assertArrayEquals(filled(512, 2), Arrays.copyOfRange(found, 512, 1024));
    }
  }

  @Test
  void noMoreThanAMebibyteAtOnce() throws IOException {
    try (StorageDevice device = device()) {
      RunWriter writer = new RunWriter(device);
      for (long at = 0; at < 3 << 20; at += 96 << 10) {
        writer.add(at, filled(96 << 10, 4));
      }
      writer.barrier();
      long written = 0;
      for (String call : calls.subList(0, calls.size() - 1)) {
        long length = Long.parseLong(call.substring(call.indexOf(' ') + 1));
        assertEquals(written + " " + length, call);
        assertTrue(length <= 1 << 20, call);
        written += length;
      }
      assertEquals(3 << 20, written);
      assertEquals("barrier", calls.getLast());
    }
  }
}
