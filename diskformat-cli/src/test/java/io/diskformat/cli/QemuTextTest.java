package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DirtyBitmap;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each verb that qemu-img has, over random images and arguments, says to the byte what qemu-img
 * says, with the same exit code, and leaves the same disk. Where both fail, the words may differ.
 *
 * <p>Differences that are meant, which what is generated here leaves out:
 *
 * <ul>
 *   <li>{@code measure} of formats other than raw and qcow2, which qemu-img cannot;
 *   <li>{@code commit} of an image that is larger than a backing file of version 2 with another one
 *       below, which qemu-img cannot make larger;
 *   <li>{@code map --output=json} also says what is compressed, as later versions of qemu-img do;
 *   <li>{@code disk size} and {@code actual-size} after both made an image, each in its own way;
 *   <li>{@code check -r} of images that have both snapshots and bitmaps, of which qemu-img 7.2
 *       forgets the snapshots;
 *   <li>{@code check} of images whose refcounts qemu-img left too high: more is found here, and
 *       said in other words;
 *   <li>{@code rebase} of an image with internal snapshots, whose disks qemu-img changes silently,
 *       and {@code commit} of one that shows the backing file where that is written;
 *   <li>{@code amend --force} of a LUKS header, by which qemu-img removes the last passphrase or
 *       writes over one that is in use: here that is refused, as the disk may be lost;
 *   <li>{@code commit}, {@code rebase}, {@code compare} and {@code convert} with {@code -p}: the
 *       number of steps in which progress is shown depends on the size of the pieces that are gone
 *       over.
 * </ul>
 */
final class QemuTextTest {
  /** How many random chains of images; {@code -Ddiskformat.text.images=1000} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.text.images", 2);

  private static final long KIB = 1 << 10;

  @TempDir private Path directory;

  private interface Work {
    void run(BothSides sides, Random random) throws IOException;
  }

  /** Does some work with random images, each time with new ones. */
  private void each(String what, Work work) throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Random random = new Random(seed);
      Path made = Files.createDirectory(directory.resolve("made" + i));
      BothSides sides = BothSides.chain(made, random);
      try {
        work.run(sides, random);
      } catch (AssertionError | IOException e) {
        throw new AssertionError(what + ", seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  // Comparing

  /** Runs both over the same files. */
  private static Cli.Result both(Object... arguments) {
    return compare(Cli.run(arguments), Oracle.qemuImg(arguments), "", "", arguments);
  }

  /** Runs both, each over its own copy: names of images are relative to where it is. */
  private static Cli.Result apart(BothSides sides, Object... arguments) {
    return compare(
        Cli.run(in(sides, sides.ours(), arguments)),
        Oracle.qemuImg(in(sides, sides.theirs(), arguments)),
        sides.ours().toString(),
        sides.theirs().toString(),
        arguments);
  }

  private static Object[] in(BothSides sides, Path side, Object... arguments) {
    return Arrays.stream(arguments)
        .map(argument -> argument instanceof Path path ? side.resolve(path) : argument)
        .toArray();
  }

  private static Cli.Result compare(
      Cli.Result ours, Oracle.Result theirs, String here, String there, Object... arguments) {
    String what = Arrays.toString(arguments);
    assertEquals(theirs.exitCode(), ours.status(), what + "\n" + theirs.error() + ours.error());
    String expected = there.isEmpty() ? theirs.output() : theirs.output().replace(there, here);
    // Of a map, JSON says here also what is compressed, as later versions of qemu-img do.
    String output = ours.output().replaceAll(", \"compressed\": (true|false)", "");
    assertEquals(expected, output, what);
    if (theirs.exitCode() == 1 && theirs.output().isEmpty()) {
      assertFalse(ours.error().isEmpty(), what);
    }
    return ours;
  }

  /** The disk of each image is the same on both sides. */
  private static void assertSameDisks(BothSides sides) {
    for (String name : sides.names()) {
      String format = sides.formatOf(name);
      Oracle.qemuImg(
              "compare",
              "-f",
              format,
              "-F",
              format,
              sides.ours().resolve(name),
              sides.theirs().resolve(name))
          .orFail();
    }
  }

  // The verbs

  @Test
  void info() throws IOException {
    each(
        "info",
        (sides, random) -> {
          for (String name : sides.names()) {
            Path image = sides.ours().resolve(name);
            both("info", image);
            both("info", "-f", sides.formatOf(name), "--output=json", image);
          }
          both("info", "--backing-chain", sides.ours().resolve(sides.top()));
          both("info", "--backing-chain", "--output=json", sides.ours().resolve(sides.top()));
          both("snapshot", "-l", sides.ours().resolve(sides.top()));
          both("info", sides.ours().resolve("none"));
          both("info", "-f", "nonesuch", sides.ours().resolve(sides.top()));
        });
  }

  @Test
  void map() throws IOException {
    each(
        "map",
        (sides, random) -> {
          for (String name : sides.names()) {
            Path image = sides.ours().resolve(name);
            both("map", "-f", sides.formatOf(name), image);
            both("map", "-f", sides.formatOf(name), "--output=json", image);
            long start = random.nextLong(3000) * 512;
            both("map", "--output=json", "-s", start, "-f", sides.formatOf(name), image);
            both("map", "-l", start + 512, "-f", sides.formatOf(name), image);
          }
        });
  }

  @Test
  void check() throws IOException {
    each(
        "check",
        (sides, random) -> {
          Path image = sides.ours().resolve(sides.top());
          both("check", image);
          both("check", "-q", "-f", "qcow2", image);
          both("check", "--output=json", image);
          both("check", sides.ours().resolve("none"));
          both("check", "-f", "raw", image);
          both("check", "--output=json", "-f", "raw", image);
        });
  }

  @Test
  void compareVerb() throws IOException {
    each(
        "compare",
        (sides, random) -> {
          String other = sides.names().getFirst();
          String format = sides.formatOf(other);
          Path a = sides.ours().resolve(sides.top());
          Path b = sides.ours().resolve(other);
          both("compare", "-F", format, a, b);
          both("compare", "-f", format, "-F", "qcow2", b, a);
          both("compare", "-s", "-F", format, a, b);
          both("compare", a, sides.theirs().resolve(sides.top()));
          both("compare", "-q", a, sides.theirs().resolve(sides.top()));
        });
  }

  @Test
  void measure() throws IOException {
    each(
        "measure",
        (sides, random) -> {
          Path image = sides.ours().resolve(sides.top());
          for (int i = 0; i < 4; i++) {
            String format = random.nextBoolean() ? "qcow2" : "raw";
            List<Object> measure = new ArrayList<>(List.of("measure", "-O", format));
            if (random.nextBoolean()) {
              measure.add("--output=json");
            }
            if (format.equals("qcow2") && random.nextBoolean()) {
              measure.addAll(List.of("-o", BothSides.options(random)));
            }
            both(Stream.concat(measure.stream(), Stream.of(image)).toArray());
            long size = random.nextLong(1L << random.nextInt(1, 45));
            both(Stream.concat(measure.stream(), Stream.of("--size", size)).toArray());
          }
          both("measure", "-O", "qcow2", "-l", "snapshot.name=none", image);
          both("measure", "-O", "qcow2", "-l", "1", image);
          both("measure", "-O", "raw", "--output=json", "-l", "snapshot.id=1", image);
          both("measure");
          both("measure", "--size", "1M", image);
        });
  }

  @Test
  void create() throws IOException {
    each(
        "create",
        (sides, random) -> {
          for (int i = 0; i < 6; i++) {
            String format = List.of("qcow2", "raw", "vdi").get(random.nextInt(3));
            List<Object> create = new ArrayList<>(List.of("create", "-f", format));
            if (format.equals("qcow2")) {
              create.addAll(List.of("-o", BothSides.options(random)));
              if (random.nextBoolean()) {
                create.addAll(
                    List.of("-b", sides.names().getFirst(), "-F", sides.formats().getFirst()));
              }
            } else if (format.equals("vdi") && random.nextBoolean()) {
              create.addAll(List.of("-o", "static=on"));
            } else if (format.equals("raw") && random.nextBoolean()) {
              create.addAll(
                  List.of("-o", "preallocation=" + (random.nextBoolean() ? "off" : "full")));
            }
            create.add(Path.of("new" + i + "." + format));
            create.add(List.of("1M", "1.5M", "70k", "1048576", "3G").get(random.nextInt(4)));
            apart(sides, create.toArray());
          }
          apart(sides, "create", "-f", "qcow2", Path.of("new"));
          apart(sides, "create", "-f", "nonesuch", Path.of("new"), "1M");
          apart(sides, "create", "-f", "qcow2", "-o", "nonesuch=1", Path.of("new"), "1M");
        });
  }

  @Test
  void convert() throws IOException {
    each(
        "convert",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          for (String format : List.of("raw", "qcow2", "vdi")) {
            List<Object> convert = new ArrayList<>(List.of("convert", "-O", format));
            if (format.equals("qcow2") && random.nextBoolean()) {
              convert.add("-c");
            }
            if (random.nextInt(3) == 0) {
              convert.addAll(List.of("-r", "100M"));
            }
            if (random.nextInt(3) == 0) {
              convert.add("--salvage");
            }
            if (format.equals("qcow2") && random.nextInt(3) == 0) {
              convert.add("--bitmaps");
            }
            convert.addAll(List.of(image, Path.of("copy." + format)));
            if (apart(sides, convert.toArray()).status() != 0) {
              // Neither of them makes anything: --bitmaps of an image that cannot have any.
              continue;
            }
            Oracle.qemuImg(
                    "compare",
                    "-F",
                    format,
                    sides.theirs().resolve(image),
                    sides.ours().resolve("copy." + format))
                .orFail();
          }
          apart(sides, "convert", Path.of("none"), Path.of("copy"));
        });
  }

  @Test
  void dd() throws IOException {
    each(
        "dd",
        (sides, random) -> {
          for (Path side : List.of(sides.ours(), sides.theirs())) {
            assertTrue(Files.exists(side.resolve(sides.top())));
          }
          int block = 512 << random.nextInt(6);
          Object[] dd = {
            "dd", "bs=" + block, "count=" + random.nextInt(1, 200), "skip=" + random.nextInt(3)
          };
          List<Object> ours = new ArrayList<>(List.of(dd));
          ours.addAll(
              List.of(
                  "if=" + sides.ours().resolve(sides.top()), "of=" + sides.ours().resolve("part")));
          List<Object> theirs = new ArrayList<>(List.of(dd));
          theirs.addAll(
              List.of(
                  "if=" + sides.theirs().resolve(sides.top()),
                  "of=" + sides.theirs().resolve("part")));
          compare(Cli.run(ours.toArray()), Oracle.qemuImg(theirs.toArray()), "", "", dd);
          assertEquals(
              -1, Files.mismatch(sides.ours().resolve("part"), sides.theirs().resolve("part")));
        });
  }

  @Test
  void resize() throws IOException {
    each(
        "resize",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          String info = Oracle.qemuImg("info", sides.ours().resolve(image)).orFail().output();
          if (info.contains("bitmaps:") || info.contains("compat: 0.10")) {
            return;
          }
          apart(sides, "resize", image, "+" + random.nextInt(1, 2000) + "k");
          apart(sides, "resize", "-q", image, "8M");
          apart(sides, "resize", image, "8388608");
          apart(sides, "resize", image, "4M");
          assertSameDisks(sides);
          apart(sides, "resize", Path.of("none"), "4M");
        });
  }

  @Test
  void snapshot() throws IOException {
    each(
        "snapshot",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          apart(sides, "snapshot", "-c", "taken", image);
          apart(sides, "snapshot", "-a", "taken", image);
          assertSameDisks(sides);
          apart(sides, "snapshot", "-a", "nonesuch", image);
          apart(sides, "snapshot", "-d", "nonesuch", image);
          apart(sides, "snapshot", "-d", "taken", image);
          assertSameDisks(sides);
        });
  }

  @Test
  void rebase() throws IOException {
    each(
        "rebase",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          String info = Oracle.qemuImg("info", sides.ours().resolve(image)).orFail().output();
          if (info.contains("Snapshot list:")) {
            return;
          }
          if (sides.names().size() == 3) {
            apart(
                sides,
                "rebase",
                "-b",
                sides.names().getFirst(),
                "-F",
                sides.formats().getFirst(),
                image);
            assertSameDisks(sides);
          }
          apart(sides, "rebase", "-b", sides.names().getFirst(), image);
          apart(sides, "rebase", image);
          apart(sides, "rebase", "-b", "none", "-F", "raw", image);
          apart(sides, "rebase", "-b", "", image);
          assertSameDisks(sides);
          apart(sides, "rebase", "-u", "-b", "elsewhere", "-F", "raw", image);
          assertSameDescription(sides, image);
        });
  }

  @Test
  void commit() throws IOException {
    each(
        "commit",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          List<Object> commit = new ArrayList<>(List.of("commit"));
          if (random.nextBoolean()) {
            commit.add("-d");
          }
          if (random.nextBoolean()) {
            commit.addAll(List.of("-r", "100M"));
          }
          commit.add(image);
          Oracle.Result theirs = Oracle.qemuImg(in(sides, sides.theirs(), commit.toArray()));
          if (theirs.error().contains("Operation not supported")) {
            return;
          }
          Cli.Result ours = Cli.run(in(sides, sides.ours(), commit.toArray()));
          compare(
              ours, theirs, sides.ours().toString(), sides.theirs().toString(), commit.toArray());
          assertSameDisks(sides);
          apart(sides, "commit", "-q", image);
          assertSameDisks(sides);
        });
  }

  @Test
  void amend() throws IOException {
    each(
        "amend",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          for (int i = 0; i < 4; i++) {
            String option =
                List.of(
                        "lazy_refcounts=on",
                        "lazy_refcounts=off",
                        "compat=1.1",
                        "compat=v3",
                        "refcount_bits=32",
                        "refcount_bits=16",
                        "cluster_size=65536",
                        "cluster_size=128k",
                        "data_file_raw=on",
                        "nonesuch=on")
                    .get(random.nextInt(10));
            List<Object> amend = new ArrayList<>(List.of("amend"));
            if (random.nextInt(3) == 0) {
              amend.add(random.nextBoolean() ? "--force" : "-q");
            }
            amend.addAll(List.of("-o", option, image));
            apart(sides, amend.toArray());
            assertSameDisks(sides);
            assertSameDescription(sides, image);
          }
          // Refcounts of another width each makes at another place, so that the files differ in
          // length.
          apart(sides, "check", "-q", image);
          apart(sides, "amend", image);
          apart(sides, "amend", "-o", "compat=1.1", Path.of("none"));
        });
  }

  @Test
  void bitmap() throws IOException {
    each(
        "bitmap",
        (sides, random) -> {
          Path image = Path.of(sides.top());
          apart(sides, "bitmap", "--add", "-g", 4 * KIB, image, "new");
          apart(sides, "bitmap", "--add", image, "new");
          apart(sides, "bitmap", "--add", "--disable", image, "other");
          apart(sides, "bitmap", "--merge", "b", "--enable", image, "other");
          long size = BothSides.sizeOf(sides.ours().resolve(image), "qcow2");
          long written = random.nextLong(size / 512) * 512;
          for (Path side : List.of(sides.ours(), sides.theirs())) {
            makeBitmap(side.resolve("same"), size, written);
            makeBitmap(side.resolve("larger"), size + 512, 0);
          }
          for (String other : List.of("same", "larger", "none")) {
            Path source = Path.of(other);
            apart(sides, "bitmap", "--merge", "x", "-b", source, "-F", "qcow2", image, "new");
          }
          apart(sides, "bitmap", "--merge", "new", "--clear", "--merge", "b", image, "other");
          apart(sides, "bitmap", "--merge", "b", "-F", "qcow2", image, "other");
          assertSameBitmaps(sides, image);
          apart(sides, "bitmap", "--clear", image, "b");
          apart(sides, "bitmap", "--remove", image, "nonesuch");
          apart(sides, "bitmap", image, "b");
          assertSameDescription(sides, image);
        });
  }

  private static void makeBitmap(Path image, long size, long written) {
    Oracle.qemuImg("create", "-q", "-f", "qcow2", image, size).orFail();
    Oracle.qemuImg("bitmap", "--add", image, "x").orFail();
    Oracle.qemuIo("-f", "qcow2", "-c", "write " + written + " 512", image).orFail();
  }

  /** The same parts of the disk are dirty. */
  private static void assertSameBitmaps(BothSides sides, Path image) throws IOException {
    OpenOptions options =
        OpenOptions.readOnly().format("qcow2").references(ReferencePolicy.sameDirectory());
    try (DiskImage ours = DiskImages.open(sides.ours().resolve(image), options);
        DiskImage theirs = DiskImages.open(sides.theirs().resolve(image), options)) {
      for (DirtyBitmap bitmap : theirs.bitmaps()) {
        DirtyCursor expected = theirs.dirtyRanges(bitmap.name());
        DirtyCursor found = ours.dirtyRanges(bitmap.name());
        DirtyCursor.Range range;
        do {
          range = expected.next();
          assertEquals(range, found.next(), bitmap.name());
        } while (range != null);
      }
    }
  }

  /** What each side made is described alike, but for what it takes on the host. */
  private static void assertSameDescription(BothSides sides, Path image) {
    String ours = Cli.run("info", sides.ours().resolve(image)).orFail().output();
    String theirs = Oracle.qemuImg("info", sides.theirs().resolve(image)).orFail().output();
    assertEquals(
        theirs
            .replace(sides.theirs().toString(), sides.ours().toString())
            .replaceAll("disk size.*", ""),
        ours.replaceAll("disk size.*", ""));
  }
}
