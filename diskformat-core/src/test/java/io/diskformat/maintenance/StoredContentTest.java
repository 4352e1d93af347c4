package io.diskformat.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.maintenance.StoredContent.Need;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What need not be stored, be it in one piece or several, and at the end of what there is. */
final class StoredContentTest {
  private static final int UNIT = (2 << 20) + 512;
  private static final int AT = 1000;

  private final byte[] content = new byte[UNIT];

  StoredContentTest() {
    new Random(1).nextBytes(content);
  }

  private static BlockDevice device(byte[] bytes) throws IOException {
    return DiskImages.open(MemoryStorage.of("below", bytes), OpenOptions.readOnly().format("raw"));
  }

  /** Returns what is needed of a file that holds some bytes at a position, and ends there. */
  private static Need need(byte[] stored, @Nullable BlockDevice below) throws IOException {
    byte[] file = new byte[AT + stored.length];
    Arrays.fill(file, 0, AT, (byte) 9);
    System.arraycopy(stored, 0, file, AT, stored.length);
    return new StoredContent(MemoryStorage.of("x", file), below, UNIT).need(512, AT, UNIT);
  }

  private byte[] disk(byte[] unit) {
    byte[] disk = new byte[512 + unit.length];
    System.arraycopy(unit, 0, disk, 512, unit.length);
    return disk;
  }

  @Test
  void withoutAnythingBelowZeroesNeedNothing() throws IOException {
    assertEquals(Need.NOTHING, need(new byte[UNIT], null));
    assertEquals(Need.STORED, need(content, null));
    byte[] last = new byte[UNIT];
    last[UNIT - 1] = 1;
    assertEquals(Need.STORED, need(last, null));
  }

  @Test
  void whatIsBelowNeedsNothing() throws IOException {
    BlockDevice below = device(disk(content));
    assertEquals(Need.NOTHING, need(content, below));
    assertEquals(Need.ZEROES, need(new byte[UNIT], below));
    byte[] other = content.clone();
    other[UNIT - 1]++;
    assertEquals(Need.STORED, need(other, below));
  }

  @Test
  void beyondTheEndThereAreZeroes() throws IOException {
    byte[] half = content.clone();
    Arrays.fill(half, UNIT / 2 & -512, UNIT, (byte) 0);
    BlockDevice shorter = device(Arrays.copyOf(disk(content), 512 + (UNIT / 2 & -512)));
    assertEquals(Need.NOTHING, need(half, shorter));
    assertEquals(Need.STORED, need(content, shorter));
    assertEquals(Need.NOTHING, need(new byte[UNIT], device(new byte[512])));
    // The file is the shorter one.
    assertEquals(Need.NOTHING, need(Arrays.copyOf(content, UNIT / 2 & -512), shorter));
    assertEquals(Need.ZEROES, need(new byte[0], device(disk(content))));
    assertEquals(Need.NOTHING, need(new byte[0], null));
  }
}
