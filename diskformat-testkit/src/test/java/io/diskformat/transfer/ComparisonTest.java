package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Comparison.Result;
import io.diskformat.transfer.Comparison.Verdict;
import io.diskformat.transfer.Tests.CheckingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ComparisonTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  private static Result compare(BlockDevice first, BlockDevice second) throws IOException {
    return Comparison.of(first, second).run();
  }

  private static Result compareStrictly(BlockDevice first, BlockDevice second) throws IOException {
    return Comparison.of(first, second).strict(true).run();
  }

  private static Result contentDiffers(long offset, boolean sizesDiffer) {
    return new Result(Verdict.CONTENT_DIFFERS, OptionalLong.of(offset), sizesDiffer);
  }

  private static Result identical(boolean sizesDiffer) {
    return new Result(Verdict.IDENTICAL, OptionalLong.empty(), sizesDiffer);
  }

  private static Result allocationDiffers(long offset) {
    return new Result(Verdict.ALLOCATION_DIFFERS, OptionalLong.of(offset), false);
  }

  // Content

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void sameContentIsTheSameHoweverItIsStored(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDevice one = SyntheticDevice.random(random);
    SyntheticDevice other = one.flat();
    CheckingListener listener = new CheckingListener();
    Comparison comparison =
        Comparison.of(one, other).workers(1 + random.nextInt(4)).progress(listener);
    assertEquals(identical(false), comparison.run());
    listener.assertDone(one.size());
    assertEquals(identical(false), compare(other, one));
  }

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void firstDifferenceIsTold(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDevice one = SyntheticDevice.random(random);
    byte[] bytes = one.expected(0, (int) one.size() + random.nextInt(3) * 100_000);
    for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
      bytes[random.nextInt(bytes.length)]++;
    }
    byte[] old = one.expected(0, bytes.length);
    SyntheticDevice other = inPieces(bytes, random);
    boolean sizesDiffer = one.size() != other.size();
    int difference = Arrays.mismatch(old, bytes);
    Result expected =
        difference < 0 ? identical(sizesDiffer) : contentDiffers(difference, sizesDiffer);
    CheckingListener listener = new CheckingListener();
    assertEquals(
        expected,
        Comparison.of(one, other).workers(1 + random.nextInt(4)).progress(listener).run(),
        () -> one + " and " + other);
    listener.assertDone(bytes.length);
    assertEquals(expected, compare(other, one));
  }

  /** Returns a disk with extents of data and, where there are enough of them, of zeroes. */
  private static SyntheticDevice inPieces(byte[] bytes, Random random) {
    SyntheticDevice.Builder builder = SyntheticDevice.builder();
    for (int at = 0; at < bytes.length; ) {
      int end = Math.min(bytes.length, at + 1 + random.nextInt(200_000));
      byte[] piece = Arrays.copyOfRange(bytes, at, end);
      boolean zero = Arrays.equals(piece, new byte[piece.length]);
      at = end;
      if (zero) {
        builder.hole(piece.length);
      } else {
        builder.data(piece);
      }
    }
    return builder.build();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void lowestOfSeveralDifferencesIsTold(int workers) throws IOException {
    byte[] bytes = new byte[40 * MIB];
    new Random(1).nextBytes(bytes);
    SyntheticDevice one = SyntheticDevice.ofData(bytes);
    byte[] changed = bytes.clone();
    for (int at = 3 * MIB; at < changed.length; at += 2 * MIB) {
      changed[at]++;
    }
    // The later a window is, the sooner it is read.
    SyntheticDevice other =
        SyntheticDevice.ofData(changed)
            .with((offset, length) -> pause(Math.max(0, 200 - offset / MIB * 10)));
    assertEquals(contentDiffers(3 * MIB, false), Comparison.of(one, other).workers(workers).run());
    assertTrue(one.reads.size() <= workers + 2, "reads " + one.reads.size());
  }

  @Test
  void zeroesOnBothSidesAreNotRead() throws IOException {
    Random random = new Random(2);
    byte[] data = new byte[MIB];
    random.nextBytes(data);
    SyntheticDevice one = SyntheticDevice.builder().hole(1L << 44).data(data).zeroes(5).build();
    SyntheticDevice other =
        SyntheticDevice.builder().zeroes(3L << 42).hole(1L << 42).data(data).hostHole(5).build();
    assertEquals(identical(false), compare(one, other));
    assertEquals(1, one.reads.size());
    assertEquals(1, other.reads.size());
  }

  @Test
  void zeroesOnOneSideAreLookedForOnTheOther() throws IOException {
    SyntheticDevice one = SyntheticDevice.builder().hole(5 * MIB + 3).build();
    SyntheticDevice other = SyntheticDevice.ofData(new byte[5 * MIB + 3]);
    assertEquals(identical(false), compare(one, other));
    assertEquals(List.of(), List.copyOf(one.reads));
  }

  @Test
  void emptyDisksAreTheSame() throws IOException {
    SyntheticDevice empty = SyntheticDevice.builder().build();
    SyntheticDevice zero = SyntheticDevice.ofData(new byte[1]);
    CheckingListener listener = new CheckingListener();
    Comparison comparison = Comparison.of(empty, empty).progress(listener);
    assertEquals(identical(false), comparison.run());
    assertEquals(identical(false), comparison.strict(true).run());
    listener.assertDone(0);
    assertEquals(identical(true), compare(empty, zero));
    assertEquals(contentDiffers(0, true), compare(SyntheticDevice.ofData(new byte[] {1}), empty));
  }

  @Test
  void diskIsTheSameAsItself() throws IOException {
    SyntheticDevice device = SyntheticDevice.random(new Random(3));
    assertTrue(compareStrictly(device, device).isIdentical());
  }

  // Strictly

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void strictlyTheWayOfBeingStoredCounts(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDevice one = SyntheticDevice.random(random);
    assertEquals(identical(false), compareStrictly(one, one));
    SyntheticDevice other = random.nextBoolean() ? one.flat() : inPieces(one, random);
    long expected = 0;
    while (expected < one.size()
        && how(one.extentAt(expected)).equals(how(other.extentAt(expected)))) {
      expected = Math.min(one.extentAt(expected).end(), other.extentAt(expected).end());
    }
    assertEquals(
        expected < one.size() ? allocationDiffers(expected) : identical(false),
        compareStrictly(one, other));
  }

  private static SyntheticDevice inPieces(SyntheticDevice device, Random random) {
    return inPieces(device.expected(0, Math.toIntExact(device.size())), random);
  }

  private static String how(Extent extent) {
    return extent.kind()
        + " "
        + extent.readsAsZeroes()
        + " "
        + extent.compressed()
        + " "
        + (extent.hostOffset() >= 0);
  }

  @Test
  void strictlyTheFirstDifferenceOfEitherKindIsTold() throws IOException {
    Random random = new Random(4);
    byte[] head = new byte[MIB];
    byte[] tail = new byte[MIB];
    random.nextBytes(head);
    random.nextBytes(tail);
    SyntheticDevice one = SyntheticDevice.builder().data(head).zeroes(MIB).data(tail).build();
    tail[5]++;
    SyntheticDevice later = SyntheticDevice.builder().data(head).hole(MIB).data(tail).build();
    assertEquals(allocationDiffers(MIB), compareStrictly(one, later));
    assertEquals(contentDiffers(2 * MIB + 5, false), compare(one, later));
    head[7]++;
    SyntheticDevice sooner = SyntheticDevice.builder().data(head).hole(MIB).data(tail).build();
    assertEquals(contentDiffers(7, false), compareStrictly(one, sooner));
  }

  @Test
  void strictlyTheSizeCounts() throws IOException {
    SyntheticDevice one = SyntheticDevice.builder().hole(MIB).build();
    SyntheticDevice other = SyntheticDevice.builder().hole(MIB + 1).build();
    assertEquals(identical(true), compare(one, other));
    CheckingListener listener = new CheckingListener();
    Result result = Comparison.of(one, other).strict(true).progress(listener).run();
    assertEquals(new Result(Verdict.SIZE_DIFFERS, OptionalLong.empty(), true), result);
    assertFalse(result.isIdentical());
    listener.assertDone(MIB + 1);
  }

  // What goes wrong

  @Test
  void failureIsTold() throws IOException {
    IOException failure = new IOException("made up");
    SyntheticDevice one = SyntheticDevice.builder().data(20 * MIB, new Random(5)).build();
    SyntheticDevice other =
        one.with((offset, length) -> {
          if (offset > 10 * MIB) {
            throw failure;
          }
        });
    assertSame(failure, assertThrows(IOException.class, () -> compare(one, other)));
    assertFalse(one.closed);
  }

  @Test
  void interruptEndsIt() throws Exception {
    CountDownLatch underWay = new CountDownLatch(1);
    SyntheticDevice one =
        SyntheticDevice.builder()
            .data(100 * MIB, new Random(6))
            .build()
            .with((offset, length) -> {
              underWay.countDown();
              pause(50);
            });
    Tests.assertInterruptible(underWay, () -> compare(one, one));
  }

  @Test
  void wrongUseIsRefused() {
    SyntheticDevice device = SyntheticDevice.builder().build();
    assertThrows(IllegalArgumentException.class, () -> Comparison.of(device, device).workers(0));
  }

  // Against the reference

  @Test
  void filesAreTheSameToTheReferenceToo() throws IOException {
    Random random = new Random(7);
    Path one = directory.resolve("one.raw");
    Path other = directory.resolve("other.raw");
    for (int round = 0; round < 30; round++) {
      byte[] bytes = new byte[512 * (1 + random.nextInt(400))];
      for (int at = 0; at < bytes.length; at += 4096) {
        bytes[at] = (byte) random.nextInt(2);
      }
      Files.write(one, bytes);
      byte[] changed = Arrays.copyOf(bytes, bytes.length + 512 * random.nextInt(3));
      if (random.nextBoolean()) {
        changed[random.nextInt(changed.length)]++;
      }
      Files.write(other, changed);
      checkAgainstReference(one, other);
      checkAgainstReference(other, one);
    }
  }

  private static void checkAgainstReference(Path one, Path other) throws IOException {
    try (DiskImage first = Tests.openRaw(one);
        DiskImage second = Tests.openRaw(other)) {
      Oracle.Result theirs = Oracle.qemuImg("compare", "-f", "raw", "-F", "raw", one, other);
      Result ours = compare(first, second);
      assertEquals(theirs.exitCode() == 0, ours.isIdentical(), theirs::toString);
      if (theirs.output().contains("size mismatch")) {
        assertTrue(ours.sizesDiffer());
      }
      Matcher offset = Pattern.compile("mismatch at offset (\\d+)").matcher(theirs.output());
      assertEquals(offset.find(), ours.offset().isPresent());
      if (ours.offset().isPresent()) {
        // It names the sector.
        assertEquals(Long.parseLong(offset.group(1)), ours.offset().getAsLong() & -512);
      }
      Oracle.Result strict = Oracle.qemuImg("compare", "-s", "-f", "raw", "-F", "raw", one, other);
      assertEquals(strict.exitCode() == 0, compareStrictly(first, second).isIdentical());
    }
  }

  @Test
  void allocationDiffersToTheReferenceToo() throws IOException {
    Path one = directory.resolve("one.raw");
    Path other = directory.resolve("other.raw");
    SyntheticDevice device = SyntheticDevice.builder().data(4096, new Random(8)).hole(MIB).build();
    Conversion.from(device).to(one, io.diskformat.CreateOptions.format("raw")).run();
    Conversion.from(device).to(other, io.diskformat.CreateOptions.format("raw")).sparse(0).run();
    assertEquals(
        1, Oracle.qemuImg("compare", "-s", "-f", "raw", "-F", "raw", one, other).exitCode());
    try (DiskImage first = Tests.openRaw(one);
        DiskImage second = Tests.openRaw(other)) {
      assertEquals(allocationDiffers(4096), compareStrictly(first, second));
      assertEquals(identical(false), compare(first, second));
    }
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new AssertionError("an interrupt reached a worker", e);
    }
  }

  // All ranges

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void findsAllSectorsThatDiffer(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDevice first = SyntheticDevice.random(random);
    if (first.size() > 30 * MIB) {
      return;
    }
    int size = (int) first.size();
    byte[] one = first.expected(0, size);
    byte[] other =
        Arrays.copyOf(one, random.nextInt(3) == 0 ? random.nextInt(size + 10_000) : size);
    for (int n = random.nextInt(20); n > 0 && other.length > 0; n--) {
      int start = random.nextInt(other.length);
      int end = Math.min(other.length, start + 1 + random.nextInt(n % 3 == 0 ? 3_000_000 : 2000));
      for (int at = start; at < end; at++) {
        other[at]++;
      }
    }
    SyntheticDevice second = SyntheticDevice.ofData(other);
    List<Difference> found = new ArrayList<>();
    Comparison comparison = Comparison.of(first, second).workers(1 + random.nextInt(4));
    comparison.differences(found::add);
    assertEquals(sectors(one, other), found);
    int most = random.nextInt(5);
    assertEquals(found.subList(0, Math.min(most, found.size())), comparison.differences(most));
    assertEquals(found.isEmpty(), comparison.run().isIdentical());
  }

  /** Returns the sectors that differ, joined, of which the smaller disk has zeroes at its end. */
  private static List<Difference> sectors(byte[] first, byte[] second) {
    int size = Math.max(first.length, second.length);
    byte[] one = Arrays.copyOf(first, size);
    byte[] other = Arrays.copyOf(second, size);
    List<Difference> ranges = new ArrayList<>();
    for (int at = 0; at < size; at += 512) {
      int end = Math.min(at + 512, size);
      if (!Arrays.equals(one, at, end, other, at, end)) {
        Difference last = ranges.isEmpty() ? null : ranges.getLast();
        boolean joins = last != null && last.end() == at;
        long start = joins ? ranges.removeLast().offset() : at;
        ranges.add(new Difference(start, end - start, Difference.Kind.CONTENT, Optional.empty()));
      }
    }
    return ranges;
  }
}
