package io.diskformat.onepass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.Pieces.Piece;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class OnePassTest {
  private static ForwardInput input(byte[] bytes) {
    return new ForwardInput("x", Channels.newChannel(new ByteArrayInputStream(bytes)));
  }

  @Test
  void theLatestBytesAreKept() throws IOException {
    byte[] bytes = new byte[ForwardInput.KEPT + 3_000_000];
    new Random(1).nextBytes(bytes);
    ForwardInput input = input(bytes);
    byte[] part = new byte[100_000];
    for (int at : new int[] {0, 5_000_000, 4_900_001, ForwardInput.KEPT - 50_000, 2_000_000}) {
      input.read("data", at, part);
      assertArrayEquals(Arrays.copyOfRange(bytes, at, at + part.length), part, "at " + at);
    }
    assertEquals(bytes.length, input.passAll());
    assertTrue(input.has(bytes.length - 1));
    assertFalse(input.has(bytes.length));
    input.read("data", bytes.length - ForwardInput.KEPT, part);
    UnsupportedFeatureException gone =
        assertThrows(
            UnsupportedFeatureException.class,
            () -> input.read("data", bytes.length - ForwardInput.KEPT - 1, part));
    assertTrue(gone.getMessage().contains("seekable"), gone.getMessage());
    assertEquals(7, input.readUpTo("data", bytes.length - 7, part));
    assertThrows(CorruptImageException.class, () -> input.read("data", bytes.length - 7, part));
  }

  @Test
  void piecesThatFollowEachOtherAreOne() throws IOException {
    Pieces pieces = new Pieces("x");
    assertEquals(-1, pieces.first());
    for (int i = 0; i < 4; i++) {
      pieces.add(new Piece((1 << 20) + 512L * i, 512, 512L * i, 0));
    }
    pieces.add(new Piece(4096, 100, 0, 7));
    assertEquals(new Piece(4096, 100, 0, 7), pieces.take(64));
    assertEquals(new Piece(1 << 20, 2048, 0, 0), pieces.take(4096));
    assertEquals(-1, pieces.first());
    for (long i = 0; i < 5_000_000; i++) {
      pieces.add(new Piece(1000 + i * 512, 512, i * 512, 0));
    }
    assertEquals(new Piece(1000, 512, 0, 0), pieces.take(512));
    assertEquals(1512, pieces.first());
    assertThrows(
        UnsupportedFeatureException.class,
        () -> {
          for (long i = 0; i < 300_000; i++) {
            pieces.add(new Piece(i * 1024, 512, i * 512, 0));
          }
        });
  }

  @Test
  void announcedUnits() throws IOException {
    Random random = new Random(2);
    AnnouncedUnits units = new AnnouncedUnits(5, 512);
    List<Long> added = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (long unit = random.nextInt(3); added.size() < 500; unit += 1 + random.nextInt(30)) {
      int length = random.nextInt(3) == 0 ? random.nextInt(1, 512) : 512;
      units.add(unit, length);
      added.add(unit);
      lengths.add(length);
    }
    assertEquals(added.size(), units.count());
    List<Long> found = new ArrayList<>();
    List<Integer> foundLengths = new ArrayList<>();
    units.visit((unit, length) -> {
      found.add(unit);
      foundLengths.add(length);
      assertEquals(length, units.length(unit));
    });
    assertEquals(added, found);
    assertEquals(lengths, foundLengths);
    for (long unit = 0, i = 0; i < added.size(); unit++) {
      assertEquals(added.get((int) i), units.next(unit));
      if (added.get((int) i) == unit) {
        i++;
      }
    }
    assertEquals(-1, units.next(added.getLast() + 1));
    assertThrows(IllegalArgumentException.class, () -> units.add(added.getLast(), 512));
  }

  @Test
  void outputGathersAndCounts() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ForwardOutput output = new ForwardOutput(Channels.newChannel(bytes));
    output.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    output.zeroesTo(3_000_000);
    output.write(ByteBuffer.wrap(new byte[] {4}));
    assertEquals(3_000_001, output.position());
    output.flush();
    byte[] expected = new byte[3_000_001];
    expected[0] = 1;
    expected[1] = 2;
    expected[2] = 3;
    expected[3_000_000] = 4;
    assertArrayEquals(expected, bytes.toByteArray());
    assertThrows(IllegalStateException.class, () -> output.zeroesTo(5));
  }
}
