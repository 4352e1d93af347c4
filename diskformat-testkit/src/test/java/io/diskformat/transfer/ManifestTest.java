package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskFormatException;
import io.diskformat.ImageClosedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Difference.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests of made-up disks, and disks verified by them. */
final class ManifestTest {
  private static final int BLOCK = 64 << 10;
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  private static byte[] written(BlockDevice device) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ContentHash.Result hash =
        ContentHash.sha256().workers(3).of(device, Channels.newChannel(bytes));
    assertEquals(ContentHash.sha256().of(device), hash);
    return bytes.toByteArray();
  }

  private Manifest manifest(byte[] bytes) throws IOException {
    Path file = directory.resolve("x.manifest");
    Files.write(file, bytes);
    return Manifest.open(file);
  }

  private Manifest manifest(BlockDevice device) throws IOException {
    return manifest(written(device));
  }

  private static Difference content(long offset, long length) {
    return new Difference(offset, length, Kind.CONTENT, Optional.empty());
  }

  /** The format, put together by hand. */
  @Test
  void isWrittenAsDocumented() throws Exception {
    byte[] data = new byte[2 * BLOCK + 512];
    new Random(1).nextBytes(data);
    byte[] disk = Arrays.copyOf(data, 300 * BLOCK + 512);
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    ByteArrayOutputStream checksums = new ByteArrayOutputStream();
    expected.write(
        ("{\"kind\":\"diskformat-manifest\",\"version\":1,\"algorithm\":\"sha256\","
                + "\"block-size\":65536,\"size\":"
                + disk.length
                + "}\n")
            .getBytes(StandardCharsets.US_ASCII));
    expected.write(3 << 1 | 1);
    for (int at = 0; at < disk.length; at += BLOCK) {
      sha.update(disk, at, Math.min(BLOCK, disk.length - at));
      byte[] checksum = sha.digest();
      checksums.write(checksum);
      if (at < 3 * BLOCK) {
        expected.write(checksum);
      }
    }
    int zeroes = (301 - 3) << 1;
    expected.write((zeroes & 0x7F) | 0x80);
    expected.write(zeroes >> 7);
    for (int shift = 0; shift < 64; shift += 8) {
      checksums.write((int) ((long) disk.length >> shift));
    }
    expected.write(sha.digest(checksums.toByteArray()));
    assertArrayEquals(expected.toByteArray(), written(SyntheticDevice.ofData(disk)));
    Manifest manifest = manifest(expected.toByteArray());
    assertEquals("sha256", manifest.algorithm());
    assertEquals(disk.length, manifest.size());
    assertEquals(
        ContentHash.sha256().of(SyntheticDevice.ofData(disk)).hex(), manifest.contentHash());
  }

  @Test
  void isTheSameHoweverADiskIsStored() throws IOException {
    Random random = new Random(Seeds.of(ManifestTest.class, 1));
    for (int i = 0; i < 8; i++) {
      SyntheticDevice device = SyntheticDevice.random(random);
      byte[] manifest = written(device);
      if (device.size() < 64 * MIB) {
        assertArrayEquals(manifest, written(device.flat()), device.toString());
      }
      assertTrue(Verification.by(manifest(manifest)).run(device).isIntact(), device.toString());
    }
  }

  /** Of a disk of 4 TiB with next to nothing in it, a manifest is small and takes no reading. */
  @Test
  void ofASparseDiskIsSmall() throws IOException {
    SyntheticDevice device =
        SyntheticDevice.builder().hole(40L << 30).data(MIB, new Random(2)).hole(10L << 30).build();
    byte[] bytes = written(device);
    assertTrue(bytes.length < 1000, bytes.length + " bytes");
    assertTrue(Verification.by(manifest(bytes)).run(device).isIntact());
  }

  @Test
  void findsEachChangedBlock() throws IOException {
    Random random = new Random(Seeds.of(ManifestTest.class, 1));
    for (int i = 0; i < 10; i++) {
      int size = 1 + random.nextInt(5 * MIB);
      byte[] disk = new byte[size];
      random.nextBytes(disk);
      Arrays.fill(disk, random.nextInt(size), size, (byte) 0);
      Manifest manifest = manifest(SyntheticDevice.ofData(disk));
      boolean[] changed = new boolean[size / BLOCK + 1];
      for (int n = random.nextInt(12); n >= 0; n--) {
        int at = random.nextInt(size);
        disk[at]++;
        changed[at / BLOCK] = true;
      }
      List<Difference> expected = ranges(changed, size);
      assertEquals(
          expected, Verification.by(manifest).run(SyntheticDevice.ofData(disk)).differences());
      assertEquals(
          expected,
          Verification.by(manifest)
              .workers(1 + random.nextInt(4))
              .run(Channels.newChannel(new ByteArrayInputStream(disk)), "a stream")
              .differences());
    }
  }

  private static List<Difference> ranges(boolean[] blocks, long size) {
    List<Difference> ranges = new ArrayList<>();
    for (int i = 0; i < blocks.length; i++) {
      int start = i;
      while (i < blocks.length && blocks[i]) {
        i++;
      }
      if (i > start) {
        long offset = (long) start * BLOCK;
        ranges.add(content(offset, Math.min((long) i * BLOCK, size) - offset));
      }
    }
    return ranges;
  }

  @Test
  void whatCannotBeReadIsADifferenceAndTheRestIsVerified() throws IOException {
    byte[] disk = new byte[8 * MIB];
    new Random(3).nextBytes(disk);
    Manifest manifest = manifest(SyntheticDevice.ofData(disk));
    disk[5 * MIB] ^= 1;
    long bad = 3 * MIB + 5;
    BlockDevice device =
        SyntheticDevice.ofData(disk)
            .with((offset, length) -> {
              if (offset <= bad && bad < offset + length) {
                throw new DiskFormatException("x: a bad block");
              }
            });
    assertEquals(
        List.of(
            new Difference(3 * MIB, BLOCK, Kind.UNREADABLE, Optional.of("x: a bad block")),
            content(5 * MIB, BLOCK)),
        Verification.by(manifest).run(device).differences());
  }

  @Test
  void aClosedDiskIsNoDamage() throws IOException {
    SyntheticDevice device = SyntheticDevice.ofData(new byte[] {1, 2, 3});
    Manifest manifest = manifest(device);
    BlockDevice closed =
        device.with((_, _) -> {
          throw new ImageClosedException("x");
        });
    assertThrows(ImageClosedException.class, () -> Verification.by(manifest).run(closed));
  }

  @Test
  void disksOfOtherSizesDifferFromTheirLastCommonBlockOn() throws IOException {
    Random random = new Random(Seeds.of(ManifestTest.class, 1));
    byte[] disk = new byte[6 * MIB];
    random.nextBytes(disk);
    for (int i = 0; i < 12; i++) {
      int one = random.nextInt(disk.length);
      int other = random.nextInt(disk.length);
      Manifest manifest = manifest(SyntheticDevice.ofData(Arrays.copyOf(disk, one)));
      byte[] bytes = Arrays.copyOf(disk, other);
      long start = Math.min(one, other) / BLOCK * BLOCK;
      Verification verification = Verification.by(manifest).workers(3);
      Difference expected =
          new Difference(start, Math.max(one, other) - start, Kind.SIZE, Optional.empty());
      assertEquals(
          one == other ? List.of() : List.of(expected),
          verification.run(SyntheticDevice.ofData(bytes)).differences());
      List<Difference> inStream =
          verification
              .run(Channels.newChannel(new ByteArrayInputStream(bytes)), "a stream")
              .differences();
      if (other > one) {
        // Of what is too much, a stream is read as far as it takes to see that.
        expected = new Difference(start, one + 1 - start, Kind.SIZE, Optional.empty());
      }
      assertEquals(one == other ? List.of() : List.of(expected), inStream);
    }
  }

  @Test
  void listsNoMoreThanAskedFor() throws IOException {
    byte[] disk = new byte[16 * MIB];
    Manifest manifest = manifest(SyntheticDevice.ofData(disk));
    for (int at = 0; at < disk.length; at += 2 * BLOCK) {
      disk[at] = 1;
    }
    Verification verification = Verification.by(manifest);
    Verification.Report all = verification.most(128).run(SyntheticDevice.ofData(disk));
    assertEquals(128, all.differences().size());
    assertEquals(128L * BLOCK, all.bytes());
    assertTrue(all.isComplete());
    Verification.Report some = verification.most(5).run(SyntheticDevice.ofData(disk));
    assertEquals(all.differences().subList(0, 5), some.differences());
    assertFalse(some.isComplete());
    assertThrows(IllegalArgumentException.class, () -> verification.most(0));
  }

  // Update

  private static DirtyCursor cursor(List<DirtyCursor.Range> ranges) {
    Iterator<DirtyCursor.Range> iterator = ranges.iterator();
    return () -> iterator.hasNext() ? iterator.next() : null;
  }

  @Test
  void anUpdateIsWhatANewOneWouldBe() throws IOException {
    Random random = new Random(Seeds.of(ManifestTest.class, 1));
    for (int i = 0; i < 12; i++) {
      byte[] disk = new byte[random.nextInt(9 * MIB)];
      random.nextBytes(disk);
      Arrays.fill(disk, disk.length / 3, disk.length / 2, (byte) 0);
      Manifest earlier = manifest(SyntheticDevice.ofData(disk));
      if (random.nextBoolean()) {
        disk = Arrays.copyOf(disk, random.nextInt(9 * MIB));
      }
      List<DirtyCursor.Range> changed = new ArrayList<>();
      for (long at = random.nextInt(MIB); at < disk.length; at += 1 + random.nextInt(3 * MIB)) {
        long length = 1 + random.nextInt(MIB);
        changed.add(new DirtyCursor.Range(at, length));
        for (int n = (int) at; n < Math.min(at + length, disk.length); n += 5000) {
          disk[n]++;
        }
        at += length;
      }
      SyntheticDevice device = SyntheticDevice.ofData(disk);
      ByteArrayOutputStream updated = new ByteArrayOutputStream();
      ContentHash.Result hash =
          ContentHash.sha256()
              .workers(1 + random.nextInt(4))
              .update(earlier, device, cursor(changed), Channels.newChannel(updated));
      long read = device.reads.stream().mapToLong(SyntheticDevice.Range::length).sum();
      assertArrayEquals(written(device), updated.toByteArray());
      assertEquals(ContentHash.sha256().of(device), hash);
      long most = changed.stream().mapToLong(DirtyCursor.Range::length).sum();
      long grown = Math.max(0, disk.length - earlier.size());
      assertTrue(read <= most + grown + 2L * BLOCK * (changed.size() + 1), read + " bytes read");
    }
  }

  @Test
  void anUpdateReadsOnlyWhatChanged() throws IOException {
    byte[] disk = new byte[8 * MIB];
    new Random(4).nextBytes(disk);
    SyntheticDevice device = SyntheticDevice.ofData(disk);
    Manifest earlier = manifest(device);
    device.reads.clear();
    List<DirtyCursor.Range> changed = List.of(new DirtyCursor.Range(5 * MIB + 7, 10));
    ContentHash.sha256()
        .update(earlier, device, cursor(changed), Channels.newChannel(new ByteArrayOutputStream()));
    assertEquals(List.of(new SyntheticDevice.Range(5 * MIB, BLOCK)), List.copyOf(device.reads));
  }

  // Damaged manifests

  /** What it takes over is covered by a checksum that stands at the end. */
  @Test
  void anUpdateOfASmallerDiskFindsOutThatTheEarlierOneIsDamaged() throws IOException {
    byte[] disk = new byte[8 * BLOCK];
    new Random(6).nextBytes(disk);
    byte[] bytes = written(SyntheticDevice.ofData(disk));
    SyntheticDevice smaller = SyntheticDevice.ofData(Arrays.copyOf(disk, 5 * BLOCK));
    ByteArrayOutputStream updated = new ByteArrayOutputStream();
    ContentHash.sha256()
        .update(manifest(bytes), smaller, cursor(List.of()), Channels.newChannel(updated));
    assertArrayEquals(written(smaller), updated.toByteArray());
    // Within a checksum that stays, of one that goes, and the last one.
    for (int at : List.of(32 * 2, 32 * 6, 32 * 8)) {
      byte[] bad = bytes.clone();
      bad[bytes.length - 32 * 9 + at] ^= 4;
      Manifest damaged = manifest(bad);
      assertThrows(
          CorruptImageException.class,
          () ->
              ContentHash.sha256()
                  .update(
                      damaged,
                      smaller,
                      cursor(List.of()),
                      Channels.newChannel(new ByteArrayOutputStream())));
    }
  }

  /**
   * Whatever is changed in a manifest, it is refused or, by its own size, seen to be of another.
   */
  @Test
  void aDamagedManifestIsFoundOut() throws IOException {
    Random random = new Random(Seeds.of(ManifestTest.class, 1));
    byte[] disk = new byte[8 * BLOCK];
    random.nextBytes(disk);
    Arrays.fill(disk, 3 * BLOCK, 5 * BLOCK, (byte) 0);
    SyntheticDevice device = SyntheticDevice.ofData(disk);
    byte[] good = written(device);
    for (int i = 0; i < 300; i++) {
      byte[] bad = good.clone();
      switch (random.nextInt(3)) {
        case 0 -> bad = Arrays.copyOf(bad, random.nextInt(bad.length));
        case 1 -> bad = Arrays.copyOf(bad, bad.length + 1 + random.nextInt(100));
        default -> bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      byte[] tried = bad;
      try {
        Verification.Report report = Verification.by(manifest(tried)).run(device);
        // The content hash does not get checked where the sizes alone say that the disk is another.
        assertEquals(Kind.SIZE, report.differences().getLast().kind());
      } catch (DiskFormatException e) {
        assertTrue(e.getMessage().contains("x.manifest"), e.getMessage());
      }
    }
  }

  @Test
  void whatIsNoManifestIsRefusedByName() {
    for (String text : List.of("", "x", "{}", "{}\n", "\n", "x".repeat(100_000))) {
      assertThrows(
          CorruptImageException.class, () -> manifest(text.getBytes(StandardCharsets.UTF_8)));
    }
    String later = "{\"kind\":\"diskformat-manifest\",\"version\":2,\"new\":1}\n";
    UnsupportedFeatureException version =
        assertThrows(
            UnsupportedFeatureException.class,
            () -> manifest(later.getBytes(StandardCharsets.UTF_8)));
    assertTrue(version.getMessage().contains("manifest version 2"), version.getMessage());
    String header =
        "{\"kind\":\"diskformat-manifest\",\"version\":1,\"algorithm\":\"%s\","
            + "\"block-size\":%s,\"size\":%s}\n";
    for (String other :
        List.of(
            header.formatted("crc32", "65536", "5"),
            header.formatted("sha256", "4096", "5"),
            header.formatted("sha256", "65536", "9999999999999999999"),
            header.formatted("sha256", "65536", "5"))) {
      assertThrows(
          DiskFormatException.class, () -> manifest(other.getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** Runs that claim more blocks than there are take neither memory nor time. */
  @Test
  void hostileRunsAreRefused() throws IOException {
    String header =
        "{\"kind\":\"diskformat-manifest\",\"version\":1,\"algorithm\":\"sha256\","
            + "\"block-size\":65536,\"size\":9223372036854775807}\n";
    for (byte[] body :
        List.of(
            new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1},
            new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
            new byte[] {0},
            new byte[] {1},
            new byte[] {-1, -1, 3, 4, 5})) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(header.getBytes(StandardCharsets.US_ASCII));
      bytes.write(body);
      bytes.write(new byte[32]);
      Manifest manifest = manifest(bytes.toByteArray());
      SyntheticDevice device = SyntheticDevice.builder().hole(10 * MIB).build();
      assertThrows(CorruptImageException.class, () -> Verification.by(manifest).run(device));
    }
  }
}
