package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Random;

/** What a disk must hold, given as a raw file. */
public final class DiskContent implements AutoCloseable {
  /** Small reads over the whole disk, at most; of a large disk, each reads more. */
  private static final long MAX_SMALL_READS = 4000;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment expected;

  private DiskContent(Path raw) throws IOException {
    try (FileChannel channel = FileChannel.open(raw)) {
      expected = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  /** Opens the raw file with the expected content. */
  public static DiskContent of(Path raw) throws IOException {
    return new DiskContent(raw);
  }

  /** Returns how many bytes the disk must have. */
  public long size() {
    return expected.byteSize();
  }

  /** Reads the device whole and in places, in pieces of several sizes, and compares all of them. */
  public void check(BlockDevice device, Random random) throws IOException {
    assertEquals(size(), device.size(), device + ": size");
    checkStart(device, random);
  }

  /** As {@link #check}, for a device that may end before this does. */
  public void checkStart(BlockDevice device, Random random) throws IOException {
    long size = Math.min(device.size(), size());
    checkWhole(device, Math.max(1, size));
    checkWhole(device, 1 + random.nextInt(1 << 20));
    checkWhole(device, Math.max(1 + random.nextInt(9000), size / MAX_SMALL_READS));
    for (int i = 0; i < 300 && size > 0; i++) {
      long offset = random.nextLong(size);
      long most = Math.min(size - offset, i % 10 == 0 ? size : 20_000);
      checkRange(device, offset, random.nextLong(most + 1), random.nextBoolean());
    }
  }

  private void checkWhole(BlockDevice device, long piece) throws IOException {
    long size = Math.min(device.size(), size());
    for (long at = 0; at < size; at += piece) {
      checkRange(device, at, Math.min(piece, size - at), true);
    }
  }

  /** Reads one range and compares it; into native memory or into an array. */
  public void checkRange(BlockDevice device, long offset, long length, boolean onHeap)
      throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment target =
          onHeap ? MemorySegment.ofArray(new byte[(int) length]) : scratch.allocate(length);
      // What a read forgets to set must not be right by chance.
      target.fill((byte) 0xa5);
      device.read(offset, target);
      long mismatch = target.mismatch(expected.asSlice(offset, length));
      if (mismatch >= 0) {
        fail(
            "%s: byte %d is wrong, read by %d bytes from %d"
                .formatted(device, offset + mismatch, length, offset));
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
