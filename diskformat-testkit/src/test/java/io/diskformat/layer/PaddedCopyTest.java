package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is there is copied, and zeroes after it. */
final class PaddedCopyTest {
  private static final int SIZE = (2 << 20) + 512;

  /** Ends before, within and behind what is copied. */
  @ParameterizedTest
  @ValueSource(ints = {0, 512, 1024, 1 << 20, (1 << 20) + 512, SIZE + 512, SIZE + 1024})
  void goesOnAsZeroes(int end) throws IOException {
    byte[] content = RandomContent.of(1, 0, SIZE + 1024);
    PagedStorage source = new PagedStorage("source");
    source.write(0, MemorySegment.ofArray(content));
    PagedStorage target = new PagedStorage("target");
    PaddedCopy.write(source::read, end, 512, target, 4096, SIZE);
    assertEquals(4096 + SIZE, target.size());
    byte[] found = new byte[SIZE];
    target.read(4096, MemorySegment.ofArray(found));
    Arrays.fill(content, end, content.length, (byte) 0);
    assertArrayEquals(Arrays.copyOfRange(content, 512, 512 + SIZE), found);
  }
}
