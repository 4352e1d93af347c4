package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.PassphraseException;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * QEMU and this library write the same images by turns, for every option of their creation: what
 * one wrote the other reads, and after each turn qemu-img finds nothing wrong.
 */
final class InteroperationTest {
  /** How many random ones; {@code -Ddiskformat.interoperation.images=5000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.interoperation.images", 25);

  private static final int TURNS = 4;
  private static final int SECTOR = 512;

  @TempDir private Path directory;

  @Test
  void everyPairOfOptions() throws IOException {
    Oracle.of("qemu-img");
    List<CreationSpec> specs = CreationSpec.everyPair(new Random(1));
    for (int i = 0; i < specs.size(); i++) {
      check(specs.get(i), new Random(i), "image " + i);
    }
    System.out.println(specs.size() + " images with every pair of options");
  }

  @Test
  void random() throws IOException {
    Oracle.of("qemu-img");
    long seed = Seeds.of(getClass());
    Random seeds = new Random(seed);
    for (int i = 0; i < IMAGES; i++) {
      Random random = new Random(seed);
      check(CreationSpec.any(random), random, Seeds.toRepeat(seed));
      seed = seeds.nextLong();
    }
    System.out.println(IMAGES + " random images");
  }

  private void check(CreationSpec spec, Random random, String which) throws IOException {
    try {
      new Turns(spec, random).run();
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(which + ", " + spec + ": " + e.getMessage(), e);
    }
  }

  /** An image that is written by turns, and what it must hold. */
  private final class Turns {
    private final CreationSpec spec;
    private final Random random;
    private final Path image = directory.resolve("image.qcow2");
    private final List<byte[]> snapshots = new ArrayList<>();
    private byte[] model;
    private int values = 100;
    private boolean bitmap;

    /** The passphrases by which this library, and QEMU's tools, open an image that is encrypted. */
    private String ours = "first";

    private String theirs = "first";

    Turns(CreationSpec spec, Random random) {
      this.spec = spec;
      this.random = random;
      this.model = new byte[SECTOR * (1 + random.nextInt(sectors(spec)))];
    }

    /** Some clusters, but no more than 6 MiB. */
    private static int sectors(CreationSpec spec) {
      return (int) Math.min(12_000, Math.max(400, 20 * spec.clusterSize() / SECTOR));
    }

    void run() throws IOException {
      create();
      boolean ours = random.nextBoolean();
      for (int i = 0; i < TURNS; i++) {
        if (ours) {
          write();
        } else {
          qemuWrites();
        }
        verify();
        ours = !ours;
        if (spec.snapshots() && i < TURNS - 1 && snapshots.size() < 2) {
          onImage(List.of("snapshot", "-c", "s" + snapshots.size()), List.of()).orFail();
          snapshots.add(model.clone());
        }
        if (spec.bitmap() && i == 0) {
          onImage(List.of("bitmap", "--add"), List.of("b")).orFail();
          bitmap = true;
        }
        if (spec.encrypted() && i < 2) {
          changeKeys(i == 0);
        }
      }
    }

    /** A second passphrase opens the image for one of both; then it is the only one. */
    private void changeKeys(boolean add) throws IOException {
      if (add && ImageMaker.LUKS_BY_QEMU && random.nextBoolean()) {
        new EncryptedImage(image, "qcow2", theirs)
            .amendByQemu("secret,id=new,data=second", "state=active,new-secret=new,iter-time=10")
            .orFail();
      } else {
        OpenOptions options = OpenOptions.writable().format("qcow2").secret(secret(ours));
        try (ImageMaintenance opened = DiskImages.maintain(image, options)) {
          if (add) {
            var _ = opened.addKey(secret("second"), OptionalInt.empty(), Duration.ofMillis(1));
          } else {
            opened.removeKey(secret("first"));
          }
        }
      }
      if (!add || random.nextBoolean()) {
        ours = "second";
      }
      if (!add || ours.equals("first")) {
        theirs = "second";
      }
      if (!add) {
        PassphraseException e =
            assertThrows(PassphraseException.class, () -> open(OpenOptions.readOnly(), "first"));
        assertEquals(PassphraseException.Reason.WRONG, e.reason());
      }
    }

    private static SecretSupplier secret(String passphrase) {
      return SecretSupplier.of(passphrase.toCharArray());
    }

    /** Returns the arguments by which QEMU's tools take the image. */
    private List<Object> source() {
      return spec.encrypted()
          ? List.of(
              "--object",
              "secret,id=sec,data=" + theirs,
              "--image-opts",
              new EncryptedImage(image, "qcow2", theirs).imageOptions())
          : List.of("-f", "qcow2", image);
    }

    /** Runs a verb of qemu-img on the image. */
    private Oracle.Result onImage(List<Object> verb, List<Object> parameters) {
      boolean named = spec.encrypted() || !verb.getFirst().equals("snapshot");
      List<Object> source = named ? source() : List.of(image);
      return qemuImg(Stream.of(verb, source, parameters).flatMap(List::stream).toArray());
    }

    private void create() throws IOException {
      Files.deleteIfExists(image);
      Files.deleteIfExists(directory.resolve("image.data"));
      if (spec.backing()) {
        byte[] base = RandomContent.of(1, 0, SECTOR * (1 + random.nextInt(model.length / 256)));
        Files.write(directory.resolve("base.raw"), base);
        System.arraycopy(base, 0, model, 0, Math.min(base.length, model.length));
      }
      if (spec.oursCreates()) {
        CreateOptions options =
            CreateOptions.format("qcow2").size(model.length).secret(secret(ours));
        for (String[] option : spec.options()) {
          options = options.option(option[0], option[1]);
        }
        DiskImages.create(image, options);
      } else {
        StringJoiner options = new StringJoiner(",");
        for (String[] option : spec.options()) {
          options.add(option[0] + "=" + option[1]);
        }
        List<Object> create = new ArrayList<>(List.of("create", "-q", "-f", "qcow2"));
        if (spec.encrypted()) {
          create.addAll(List.of("--object", "secret,id=sec,data=" + theirs));
          options.add("encrypt.key-secret=sec");
        }
        create.addAll(List.of("-o", options, image, model.length));
        qemuImg(create.toArray()).orFail();
      }
      verify();
    }

    private Oracle.Result qemuImg(Object... arguments) {
      return Oracle.of("qemu-img").in(directory).run(arguments);
    }

    private int offset() {
      int at = random.nextInt(model.length);
      return switch (random.nextInt(3)) {
        case 0 -> at;
        case 1 -> at & -(int) spec.clusterSize();
        default -> at & -SECTOR;
      };
    }

    private int length(int offset) {
      int most = random.nextBoolean() ? 5000 : 500_000;
      return 1 + random.nextInt(Math.min(model.length - offset, most));
    }

    private void write() throws IOException {
      try (DiskImage disk = open(OpenOptions.writable())) {
        for (int i = 0; i < 12; i++) {
          int offset = offset();
          int length = length(offset);
          switch (random.nextInt(8)) {
            case 0 -> {
              disk.writeZeroes(offset, length);
              Arrays.fill(model, offset, offset + length, (byte) 0);
            }
            case 1 -> {
              disk.discard(offset, length);
              discarded(disk, offset, length);
            }
            case 2 -> writeCompressed(disk, offset & -(int) spec.clusterSize());
            case 3 -> disk.flush();
            default -> {
              byte[] content = RandomContent.of(values++, offset, length);
              disk.write(offset, content);
              System.arraycopy(content, 0, model, offset, length);
            }
          }
        }
      }
    }

    /** Each byte of the range is what it was, or zero. */
    private void discarded(DiskImage disk, int offset, int length) throws IOException {
      byte[] found = new byte[length];
      disk.read(offset, found);
      for (int i = 0; i < length; i++) {
        require(found[i] == 0 || found[i] == model[offset + i], "a discard left something else");
        model[offset + i] = found[i];
      }
    }

    private void writeCompressed(DiskImage disk, int offset) throws IOException {
      if (!spec.compresses()) {
        return;
      }
      int length = (int) Math.min(spec.clusterSize(), model.length - offset);
      byte[] content = new byte[length];
      Arrays.fill(content, 0, random.nextInt(length), (byte) values++);
      disk.writeCompressed(offset, MemorySegment.ofArray(content));
      System.arraycopy(content, 0, model, offset, length);
    }

    private void qemuWrites() throws IOException {
      QemuIo script = QemuIo.on(image, source());
      for (int i = 0; i < 12; i++) {
        int offset = offset() & -SECTOR;
        int length = Math.max(SECTOR, length(offset) & -SECTOR);
        switch (random.nextInt(6)) {
          case 0 -> {
            script.zero(offset, length, random.nextBoolean());
            Arrays.fill(model, offset, offset + length, (byte) 0);
          }
          case 1 -> script.flush();
          default -> {
            int value = values++ & 0xff;
            script.fill(value, offset, length);
            Arrays.fill(model, offset, offset + length, (byte) value);
          }
        }
      }
      script.run().orFail();
    }

    private DiskImage open(OpenOptions options) throws IOException {
      return open(options, ours);
    }

    private DiskImage open(OpenOptions options, String passphrase) throws IOException {
      return DiskImages.open(
          image,
          options
              .format("qcow2")
              .references(ReferencePolicy.sameDirectory())
              .secret(secret(passphrase)));
    }

    /** Both see what was written, by whomever, and qemu-img finds nothing wrong. */
    private void verify() throws IOException {
      onImage(List.of("check", "-q"), List.of()).orFail();
      Path raw = Files.write(directory.resolve("model.raw"), model);
      if (spec.encrypted()) {
        Object plain = "driver=raw,file.filename=" + raw;
        onImage(List.of("compare", "-q"), List.of(plain)).orFail();
      } else {
        onImage(List.of("compare", "-q", "-F", "raw"), List.of(raw)).orFail();
      }
      try (DiskImage disk = open(OpenOptions.readOnly())) {
        byte[] found = new byte[model.length];
        disk.read(0, found);
        require(Arrays.equals(found, model), "we do not read what was written");
        for (int i = 0; i < snapshots.size(); i++) {
          byte[] old = snapshots.get(i);
          try (var snapshot = disk.openSnapshot("s" + i)) {
            byte[] then = new byte[old.length];
            snapshot.read(0, then);
            require(Arrays.equals(then, old), "snapshot " + i + " has changed");
          }
        }
        Object bitmaps = disk.info().details().get("bitmaps");
        require((bitmaps != null) == bitmap, "bitmaps: " + bitmaps);
        require(bitmaps == null || !bitmaps.toString().contains("in-use"), "bitmaps: " + bitmaps);
      }
    }

    private static void require(boolean condition, String problem) {
      if (!condition) {
        throw new AssertionError(problem);
      }
    }
  }
}
