package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInfo;
import io.diskformat.OpenOptions;
import io.diskformat.SecretSupplier;
import io.diskformat.cli.InspectedSamples.Sample;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.inspect.Finding;
import io.diskformat.inspect.ImageInspector;
import io.diskformat.inspect.Inspection;
import io.diskformat.inspect.InspectionRules;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.ContentHash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Images of every format, sane and hostile, as files and as bytes that pass by. */
final class InspectionTest {
  private static final InspectionRules RULES = InspectionRules.strict();

  /** In front of which all headers are, and most tables of small images. */
  private static final int HEAD = 2048;

  /** How many bytes come one by one: what decides most is in front of the first 70 KiB. */
  private static final int BY_THE_BYTE = 70_000;

  @TempDir static Path directory;
  private static List<Sample> samples = List.of();

  @BeforeAll
  static void makeSamples() throws IOException {
    samples = InspectedSamples.in(directory);
  }

  private static Inspection passing(byte[] image, InspectionRules rules, IntSupplier chunk) {
    ImageInspector inspector = ImageInspector.begin(rules);
    for (int at = 0; at < image.length; ) {
      int length = Math.min(chunk.getAsInt(), image.length - at);
      ByteBuffer bytes = ByteBuffer.wrap(image, at, length);
      inspector.accept(bytes);
      assertFalse(bytes.hasRemaining());
      at += length;
    }
    return inspector.finish();
  }

  private static Executable about(Sample sample, Executable check) {
    return () -> {
      try {
        check.execute();
      } catch (AssertionError | Exception e) {
        throw new AssertionError(sample + ": " + e, e);
      }
    };
  }

  @Test
  void eachGetsItsVerdictByTheBytesThatShowIt() {
    assertAll(
        samples.stream()
            .map(sample ->
                about(
                    sample,
                    () -> {
                      Inspection found = ImageInspector.inspect(sample.file(), RULES);
                      assertEquals(sample.format(), found.format().orElseThrow());
                      assertEquals(sample.rule(), found.refusal().map(Finding::rule).orElse(""));
                      if (!found.isSane()) {
                        long proof = found.refusal().orElseThrow().provenBy();
                        assertEquals(sample.proof(), proof, found.toString());
                      }
                      assertEquals(Files.size(sample.file()), found.length());
                    })));
  }

  @Test
  void theTableOfVerdictsIsTrue() throws IOException {
    InspectionTable.check(samples);
    InspectionTable.checkReasons();
  }

  @Test
  void chunksOfAnySizeLeadToTheSame() throws IOException {
    Random random = new Random(Seeds.of(InspectionTest.class, 1));
    for (Sample sample : samples) {
      byte[] image = Files.readAllBytes(sample.file());
      Inspection expected = ImageInspector.inspect(sample.file(), RULES);
      int bound = 1 << random.nextInt(1, 20);
      assertEquals(expected, passing(image, RULES, () -> 1 << 20), sample::toString);
      assertEquals(expected, passing(image, RULES, () -> 511), sample::toString);
      assertEquals(
          expected, passing(image, RULES, () -> random.nextInt(1, bound + 1)), sample::toString);
      int[] calls = {0};
      IntSupplier bytes = () -> calls[0]++ < BY_THE_BYTE ? 1 : 1 << 16;
      assertEquals(expected, passing(image, RULES, bytes), sample::toString);
    }
  }

  @Test
  void aCopyEndsWhereTheImageIsRefused() throws IOException {
    for (Sample sample : samples) {
      byte[] image = Files.readAllBytes(sample.file());
      ByteArrayOutputStream stored = new ByteArrayOutputStream();
      Inspection found =
          ImageInspector.copy(
              Channels.newChannel(new ByteArrayInputStream(image)),
              Channels.newChannel(stored),
              RULES);
      assertEquals(sample.rule(), found.refusal().map(Finding::rule).orElse(""), sample::toString);
      if (found.isSane()) {
        assertTrue(found.isComplete());
        assertEquals(image.length, stored.size());
      } else {
        assertTrue(stored.size() <= sample.proof(), sample::toString);
      }
    }
  }

  @Test
  void aChannelHandsOnWhatItLooksAt() throws IOException {
    Sample sample = samples.getFirst();
    byte[] image = Files.readAllBytes(sample.file());
    ByteArrayOutputStream stored = new ByteArrayOutputStream();
    ImageInspector inspector = ImageInspector.begin(RULES);
    try (var channel = inspector.before(Channels.newChannel(stored))) {
      assertEquals(image.length, channel.write(ByteBuffer.wrap(image)));
    }
    assertEquals(image.length, stored.size());
    assertEquals(ImageInspector.inspect(sample.file(), RULES), inspector.finish());
  }

  @Test
  void theDiskIsAsLargeAsItOpens() throws IOException {
    for (Sample sample : samples) {
      if (sample.rule().isEmpty()) {
        Inspection found = ImageInspector.inspect(sample.file(), RULES);
        try (DiskImage image = DiskImages.open(sample.file())) {
          assertEquals(image.info().format(), found.format().orElseThrow());
          assertEquals(image.size(), found.diskSize().orElseThrow(), sample::toString);
        }
      }
    }
  }

  @Test
  void limitsAreTheCallers() throws IOException {
    Path lazy = directory.resolve("lazy.qcow2");
    long tib = 1L << 40;
    assertTrue(ImageInspector.inspect(lazy, RULES.largestDisk(tib)).isSane());
    Finding size = refusal(lazy, RULES.largestDisk(tib - 1));
    assertEquals("virtual-size", size.rule());
    assertEquals(32, size.provenBy());
    assertEquals("ratio", refusal(lazy, RULES.largestRatio(1000)).rule());
    Path raw = directory.resolve("noise.raw");
    long length = Files.size(raw);
    assertTrue(ImageInspector.inspect(raw, RULES.largestDisk(length)).isSane());
    assertEquals(length, refusal(raw, RULES.largestDisk(length - 1)).provenBy());
    assertTrue(ImageInspector.inspect(raw, RULES.largestRatio(1)).isSane());
  }

  @Test
  void formatsAreTheCallers() throws IOException {
    Path qcow2 = directory.resolve("plain.qcow2");
    Path raw = directory.resolve("noise.raw");
    Path disc = directory.resolve("disc.iso");
    assertTrue(ImageInspector.inspect(qcow2, RULES.formats("qcow2", "raw")).isSane());
    assertEquals(8, refusal(qcow2, RULES.formats("raw")).provenBy());
    assertEquals("format", refusal(qcow2, RULES.formats("raw")).rule());
    assertEquals(512, refusal(raw, RULES.formats("qcow2", "vmdk")).provenBy());
    assertEquals(Files.size(raw), refusal(raw, RULES.formats("qcow2", "iso")).provenBy());
    assertEquals("format", refusal(disc, RULES.formats("raw")).rule());
    Path vhd = directory.resolve("fixed.vhd");
    Inspection accepted = ImageInspector.inspect(vhd, RULES.formats("vpc"));
    assertTrue(accepted.isSane(), accepted.toString());
    assertEquals(Optional.of("fixed"), accepted.variant());
  }

  @Test
  void whatIsOddIsAWarning() throws IOException {
    for (String name : List.of("chs.raw", "blank.raw")) {
      Inspection found = ImageInspector.inspect(directory.resolve(name), RULES);
      assertTrue(found.has("partition-table"), found.toString());
      assertTrue(found.isSane());
    }
  }

  /** What is not installed and accepted all the same is looked at as far as it is known. */
  @Test
  void foreignFormatsAreLookedAtToo() throws IOException {
    InspectionRules rules = RULES.formats("vhdx", "qed", "vpc");
    for (String name : List.of("disk.vhdx", "disk.qed", "disk.vhd")) {
      Inspection found = ImageInspector.inspect(directory.resolve(name), rules);
      assertTrue(found.isSane(), found.toString());
      assertTrue(found.diskSize().getAsLong() >= 1 << 20, found.toString());
    }
    assertEquals("vhdx.parent", refusal(directory.resolve("child.vhdx"), rules).rule());
    assertEquals("qed.backing-file", refusal(directory.resolve("child.qed"), rules).rule());
    assertEquals(24, refusal(directory.resolve("child.qed"), rules).provenBy());
    for (String name : List.of("disk.vhdx", "disk.qed")) {
      Finding size = refusal(directory.resolve(name), rules.largestDisk((1 << 20) - 1));
      assertEquals("virtual-size", size.rule());
    }
    byte[] qed = Files.readAllBytes(directory.resolve("disk.qed"));
    qed[17] = 1;
    assertEquals("qed.unknown-feature", refusal(qed, rules));
    byte[] vhdx = Files.readAllBytes(directory.resolve("disk.vhdx"));
    assertEquals("", refusal(vhdx, rules));
    assertEquals("", refusal(damaged(vhdx, 65536), rules));
    assertEquals("", refusal(damaged(vhdx, 192 << 10), rules));
    assertEquals("vhdx.header", refusal(damaged(damaged(vhdx, 65536), 128 << 10), rules));
    assertEquals("vhdx.header", refusal(damaged(damaged(vhdx, 192 << 10), 256 << 10), rules));
    // Both headers name a log.
    for (int at : new int[] {64 << 10, 128 << 10}) {
      vhdx[at + 48] = 1;
      CRC32C sum = new CRC32C();
      ByteBuffer fields = ByteBuffer.wrap(vhdx, at, 4096).slice().order(ByteOrder.LITTLE_ENDIAN);
      fields.putInt(4, 0);
      sum.update(vhdx, at, 4096);
      fields.putInt(4, (int) sum.getValue());
    }
    assertEquals("vhdx.log", refusal(vhdx, rules));
  }

  private static byte[] damaged(byte[] image, int at) {
    byte[] damaged = image.clone();
    damaged[at + 40]++;
    return damaged;
  }

  private static String refusal(byte[] image, InspectionRules rules) {
    return passing(image, rules, () -> 70_001).refusal().map(Finding::rule).orElse("");
  }

  /** Returns a LUKS file that holds a disk. */
  private static Path encrypted(String name, Path disk) {
    Path file = directory.resolve(name);
    Oracle.qemuImg(
            "convert",
            "--object",
            "secret,id=s,data=x",
            "-f",
            "raw",
            "-O",
            "luks",
            "-o",
            "key-secret=s,iter-time=10",
            disk,
            file)
        .orFail();
    return file;
  }

  private static byte[] patched(byte[] image, int position, int... bytes) {
    byte[] patched = image.clone();
    for (int i = 0; i < bytes.length; i++) {
      patched[position + i] = (byte) bytes[i];
    }
    return patched;
  }

  /** Whoever accepts encrypted images still has it judged how they are encrypted. */
  @Test
  void headersOfLuksAreLookedAt() throws IOException {
    InspectionRules rules = RULES.allowing("encrypted");
    byte[] luks = Files.readAllBytes(encrypted("h.luks", directory.resolve("noise.raw")));
    assertEquals("", refusal(luks, rules));
    assertEquals("luks.unknown-feature", refusal(patched(luks, 7, 2), rules));
    assertEquals("luks.unknown-feature", refusal(patched(luks, 7, 3), rules));
    // Of the first key slot: rounds, where its material is, stripes, state.
    assertEquals("luks.unknown-feature", refusal(patched(luks, 212, 255), rules));
    assertEquals("luks.header", refusal(patched(luks, 212, 0, 0, 0, 0), rules));
    assertEquals("luks.header", refusal(patched(luks, 248, 1), rules));
    assertEquals("luks.header", refusal(patched(luks, 252, 1), rules));
    assertEquals("luks.header", refusal(patched(luks, 208, 1), rules));
    assertEquals("luks.unknown-feature", refusal(patched(luks, 8, 'x'), rules));
    assertEquals("luks.unknown-feature", refusal(patched(luks, 40, 'y'), rules));
    assertEquals("luks.unknown-feature", refusal(patched(luks, 72, 'x'), rules));
    assertEquals("luks.header", refusal(patched(luks, 108, 1), rules));
    assertEquals("truncated", refusal(Arrays.copyOf(luks, 300), rules));
    byte[] qcow2 = Files.readAllBytes(directory.resolve("luks.qcow2"));
    String text = new String(qcow2, StandardCharsets.ISO_8859_1);
    int extension = text.indexOf("\u00057\u00bew");
    int header = text.indexOf("LUKS\u00ba\u00be");
    assertEquals("", refusal(qcow2, rules));
    assertEquals("qcow2.encryption-header", refusal(patched(qcow2, extension, 1), rules));
    assertEquals("qcow2.encryption-header", refusal(patched(qcow2, extension + 15, 1), rules));
    assertEquals("qcow2.encryption-header", refusal(patched(qcow2, extension + 16, 1), rules));
    assertEquals("qcow2.encryption-header", refusal(patched(qcow2, header, 'X'), rules));
    assertEquals("qcow2.unknown-feature", refusal(patched(qcow2, header + 7, 2), rules));
    assertEquals("qcow2.unknown-feature", refusal(patched(qcow2, header + 212, 255), rules));
    assertEquals("qcow2.encryption-header", refusal(patched(qcow2, header + 248, 1), rules));
    assertEquals("truncated", refusal(Arrays.copyOf(qcow2, header + 300), rules));
  }

  /** With a passphrase, what begins an encrypted disk is judged as any other image. */
  @Test
  void whatIsEncryptedIsLookedAt() throws IOException {
    InspectionRules rules =
        RULES.allowing("encrypted").secret(SecretSupplier.of("x".toCharArray()));
    Map<String, String> inside = InspectionTable.inside();
    assertEquals(10, inside.size());
    for (Map.Entry<String, String> entry : inside.entrySet()) {
      String name = entry.getKey();
      Path file = encrypted("in-" + name, directory.resolve(name));
      Inspection found = ImageInspector.inspect(file, rules);
      assertEquals(entry.getValue(), found.refusal().map(Finding::rule).orElse(""), name);
      byte[] image = Files.readAllBytes(file);
      assertEquals(found, passing(image, rules, () -> 70_001), name);
      assertEquals(found, passing(image, rules, () -> 511), name);
      assertEquals(
          OptionalLong.of(Files.size(directory.resolve(name)) + 511 & -512), found.diskSize());
    }
    InspectionRules nested = rules.allowing("luks.nested-format");
    assertTrue(ImageInspector.inspect(directory.resolve("in-plain.qcow2"), nested).isSane());
    assertTrue(ImageInspector.inspect(directory.resolve("in-disc.iso"), nested).isSane());
    assertEquals(
        "qcow2.backing-file", refusal(directory.resolve("in-backing.qcow2"), nested).rule());
    InspectionRules wrong = rules.secret(SecretSupplier.of("y".toCharArray()));
    assertEquals("luks.passphrase", refusal(directory.resolve("in-noise.raw"), wrong).rule());
    // A disk that is shorter than what is looked at.
    Path small = encrypted("small.luks", patchedSector(directory.resolve("small")));
    assertEquals("partition-table", refusal(small, rules).rule());
    assertEquals(
        ImageInspector.inspect(small, rules),
        passing(Files.readAllBytes(small), rules, () -> 1000));
  }

  /** Returns a disk of a few sectors with a table that makes no sense. */
  private static Path patchedSector(Path file) throws IOException {
    byte[] table = Files.readAllBytes(directory.resolve("flag.raw"));
    return Files.write(file, Arrays.copyOf(table, 4096));
  }

  @Test
  void aRuleMayBeAllowed() throws IOException {
    Path backing = directory.resolve("backing.qcow2");
    Inspection found =
        ImageInspector.inspect(backing, RULES.allowing("qcow2.backing-file", "truncated"));
    assertTrue(found.isSane());
    assertTrue(found.has("qcow2.backing-file"));
    assertTrue(
        found.findings().getLast().sentence().contains(directory.resolve("plain.qcow2") + "\""));
  }

  /** Wherever an image is cut, it is refused, or nothing of its disk is missing. */
  @Test
  void whatWasCutShortIsRefused() throws IOException {
    long seed = Seeds.of(InspectionTest.class, 1);
    Random random = new Random(seed);
    int refused = 0;
    for (Sample sample : samples) {
      boolean isPadded = sample.toString().equals("hybrid.iso");
      if (!sample.rule().isEmpty() || sample.format().equals("raw") || isPadded) {
        continue;
      }
      byte[] image = Files.readAllBytes(sample.file());
      ContentHash hash = ContentHash.sha256();
      String whole = hash(hash, image, sample);
      for (int i = 0; i < 6; i++) {
        // Half of them within the last 128 KiB.
        int least = i % 2 == 0 ? 1 : Math.max(1, image.length - (128 << 10));
        byte[] cut = Arrays.copyOf(image, random.nextInt(least, image.length));
        Inspection found = passing(cut, RULES.formats(sample.format()), () -> 1 << 16);
        if (found.isSane()) {
          String what = sample + " cut to " + cut.length + " of " + Seeds.toRepeat(seed);
          assertEquals(whole, hash(hash, cut, sample), what);
        } else {
          refused++;
        }
      }
    }
    assertTrue(refused > 50, refused + " refused");
  }

  private static String hash(ContentHash hash, byte[] image, Sample sample) throws IOException {
    OpenOptions options = OpenOptions.readOnly().format(sample.format());
    try (DiskImage opened = DiskImages.open(MemoryStorage.of(sample.toString(), image), options)) {
      return hash.of(opened).hex();
    }
  }

  private static Finding refusal(Path file, InspectionRules rules) throws IOException {
    return ImageInspector.inspect(file, rules).refusal().orElseThrow();
  }

  /**
   * Whatever is in a header, an inspection ends, is the same for a file and what passes by, and
   * does not call sane what the library sees another file in.
   */
  @Test
  void damagedHeadersGetAVerdictToo() throws IOException {
    long seed = Seeds.of(InspectionTest.class, 1);
    Random random = new Random(seed);
    int sane = 0;
    int refused = 0;
    for (Sample sample : samples) {
      byte[] image = Files.readAllBytes(sample.file());
      int rounds = image.length > 1 << 20 ? 2 : 12;
      for (int round = 0; round < rounds && image.length > 0; round++) {
        byte[] damaged = image.clone();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          int at = random.nextInt(Math.min(HEAD >>> random.nextInt(5), damaged.length));
          damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) -damaged[at];
        }
        try (MemoryStorage storage = MemoryStorage.of("damaged", damaged)) {
          Inspection file = ImageInspector.inspect(storage, RULES);
          Inspection passed = passing(damaged, RULES, () -> 100_000);
          String what = sample + ", round " + round + " of " + Seeds.toRepeat(seed) + ": ";
          if (!passed.has("order")) {
            assertEquals(file, passed, what);
          }
          if (file.isSane()) {
            sane++;
            assertStandsAlone(damaged, file, what);
          } else {
            refused++;
          }
        }
      }
    }
    assertTrue(sane > 100 && refused > 100, sane + " sane, " + refused + " refused");
  }

  private static void assertStandsAlone(byte[] image, Inspection inspection, String what)
      throws IOException {
    OpenOptions options =
        OpenOptions.readOnly().format(inspection.format().orElseThrow()).metadataOnly();
    try (DiskImage opened = DiskImages.open(MemoryStorage.of("damaged", image), options)) {
      ImageInfo info = opened.info();
      assertEquals(List.of(), info.references(), what + inspection);
      assertFalse(info.isEncrypted(), what);
    } catch (DiskFormatException e) {
      // It is damaged.
    }
  }

  @Test
  void memoryIsBoundedWhateverAHeaderSays() {
    byte[] header = new byte[72];
    ByteBuffer fields = ByteBuffer.wrap(header);
    fields.putInt(0, 0x514649fb).putInt(4, 2).putInt(20, 21).putLong(24, 1L << 50);
    fields.putInt(36, 1 << 22).putLong(40, 1 << 21).putLong(48, 1 << 21).putInt(56, 1);
    ImageInspector inspector = ImageInspector.begin(RULES);
    inspector.accept(ByteBuffer.wrap(header));
    byte[] entries = new byte[1 << 20];
    for (int i = 0; i < entries.length; i += 8) {
      ByteBuffer.wrap(entries).putLong(i, (i + 8L << 21) & 0xff_ffff_ffff_fe00L);
    }
    for (int i = 0; i < 200; i++) {
      inspector.accept(ByteBuffer.wrap(entries));
    }
    assertEquals("qcow2", inspector.soFar().format().orElseThrow());
    assertTrue(inspector.finish().has("truncated"));
  }

  /** Uploads are judged by the same rules, and nothing is kept of what is refused. */
  @Test
  void theImageServiceTakesWhatIsSaneAndKeepsNothingElse(@TempDir Path images) throws IOException {
    Caller caller = Caller.member("u", "p");
    try (ImageService service = LocalImageService.open(images, ServiceLimits.usual())) {
      for (Sample sample : samples) {
        // What clients may say.
        Set<String> formats = new TreeSet<>(List.of("raw", "qcow2", sample.format()));
        boolean _ = formats.retainAll(Set.of("raw", "qcow2", "vmdk", "vdi", "iso"));
        for (String said : formats) {
          String id =
              service
                  .create(
                      caller,
                      null,
                      ImageAttributes.of("p").diskFormat(said).containerFormat("bare").build())
                  .id();
          boolean isSane = sample.rule().equals(InspectedSamples.SANE);
          try (InputStream body = Files.newInputStream(sample.file())) {
            var _ = service.upload(caller, id, body, Files.size(sample.file()));
            assertTrue(isSane && said.equals(sample.format()), sample + " as " + said);
          } catch (ImageServiceException e) {
            assertEquals(ImageServiceException.Problem.UNSUPPORTED, e.problem(), e.getMessage());
            assertFalse(isSane && said.equals(sample.format()), sample + ": " + e.getMessage());
            assertTrue(e.getMessage().contains(" is refused by rule "), e.getMessage());
          }
          service.delete(caller, id);
          assertEquals(0, files(images), sample + " as " + said);
        }
      }
    }
  }

  private static long files(Path images) throws IOException {
    long count = 0;
    for (String part : List.of("blobs", "incoming")) {
      try (Stream<Path> all = Files.walk(images.resolve(part))) {
        count += all.filter(Files::isRegularFile).count();
      }
    }
    return count;
  }
}
