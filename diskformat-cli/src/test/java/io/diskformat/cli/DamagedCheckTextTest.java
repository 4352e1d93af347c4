package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code check} of images that are damaged at random says to the byte what qemu-img says, for
 * people and as JSON, with the same exit code, and so does a repair. Where more is found here than
 * by qemu-img, all that it says is said, too.
 *
 * <p>Not compared are repairs of what is more than refcounts, or a refcount of 0 for what is in
 * use, for which qemu-img makes all refcounts anew; and those of images that have both snapshots
 * and bitmaps, of which qemu-img 7.2 forgets the snapshots.
 */
final class DamagedCheckTextTest {
  /** How many chains of images; {@code -Ddiskformat.text.images=100} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.text.images", 5);

  /** How often each image is damaged. */
  private static final int DAMAGES = 12;

  private static final long COPIED = 1L << 63;
  private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;

  /** What is found where nothing is wrong but refcounts and flags. */
  private static final Pattern COUNTS =
      Pattern.compile("((Leaked cluster|ERROR cluster|ERROR OFLAG_COPIED) .*\n)*");

  @TempDir private Path directory;

  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final Map<Integer, Integer> exitCodes = new TreeMap<>();

  private void count(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  @Test
  void damagedImages() throws IOException {
    Oracle.of("qemu-img");
    Random seeds = new Random(Seeds.of(getClass(), 1));
    for (int i = 0; i < IMAGES; i++) {
      long seed = seeds.nextLong();
      Random random = new Random(seed);
      BothSides sides =
          BothSides.chain(Files.createDirectory(directory.resolve("made" + i)), random);
      for (int j = 0; j < DAMAGES; j++) {
        String what = "undamaged";
        try {
          restore(sides);
          what = j == 0 ? what : damage(sides, random);
          check(sides, what);
        } catch (AssertionError | IOException e) {
          throw new AssertionError(what + ", seed " + seed + ": " + e.getMessage(), e);
        }
      }
    }
    System.out.println("DamagedCheckTextTest: " + outcomes + ", exit codes " + exitCodes);
  }

  /** Keeps the topmost image as it was made, or puts it back. */
  private static void restore(BothSides sides) throws IOException {
    Path kept = sides.ours().resolve("kept");
    if (!Files.exists(kept)) {
      Files.copy(sides.ours().resolve(sides.top()), kept);
    }
    for (Path side : new Path[] {sides.ours(), sides.theirs()}) {
      Files.copy(kept, side.resolve(sides.top()), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Damages both copies of the topmost image alike; returns what was done. */
  private static String damage(BothSides sides, Random random) throws IOException {
    StringBuilder done = new StringBuilder();
    Path image = sides.ours().resolve(sides.top());
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        done.append(new Damage(file, random).make()).append("; ");
      }
    }
    Files.copy(image, sides.theirs().resolve(sides.top()), StandardCopyOption.REPLACE_EXISTING);
    return done.toString();
  }

  /** Damages an entry of a table. */
  private static final class Damage {
    private final RandomAccessFile file;
    private final Random random;
    private final int cluster;

    Damage(RandomAccessFile file, Random random) throws IOException {
      this.file = file;
      this.random = random;
      this.cluster = 1 << intAt(20);
    }

    private int intAt(long position) throws IOException {
      file.seek(position);
      return file.readInt();
    }

    private long longAt(long position) throws IOException {
      file.seek(position);
      return file.readLong();
    }

    String make() throws IOException {
      return switch (random.nextInt(6)) {
        case 0 -> refcount();
        case 1 -> entry("L1 entry", longAt(40) + 8L * random.nextInt(intAt(36)));
        case 2 -> entry("refcount table entry", longAt(48) + 8L * random.nextInt(2));
        default -> {
          long l1 = longAt(40);
          if (intAt(60) > 0 && random.nextInt(3) == 0) {
            l1 = longAt(longAt(64));
          }
          long table = longAt(l1) & OFFSET;
          yield table == 0 || table + cluster > file.length()
              ? refcount()
              : entry("L2 entry", table + entryAt(table));
        }
      };
    }

    /** Returns where in a table an entry is, one that is in use if a few tries find one. */
    private long entryAt(long table) throws IOException {
      long at = 0;
      for (int i = 0; i < 50; i++) {
        at = 8L * random.nextInt(cluster / 8);
        if (longAt(table + at) != 0) {
          break;
        }
      }
      return at;
    }

    private String refcount() throws IOException {
      long block = longAt(longAt(48)) & OFFSET;
      if (block + cluster > file.length()) {
        return "nothing more";
      }
      int order = intAt(4) < 3 ? 4 : intAt(96);
      int clusters = (int) Math.min(file.length() / cluster + 1, cluster * 8L >> order);
      int which = random.nextInt(clusters);
      int width = 1 << order >> 3;
      long position = block + (long) which * width + width - 1;
      file.seek(position);
      int value = Math.max(0, file.read() + (random.nextBoolean() ? 1 : -1));
      file.seek(position);
      file.write(random.nextInt(4) == 0 ? random.nextInt(4) : value);
      return "refcount of cluster " + which;
    }

    private String entry(String what, long position) throws IOException {
      long old = longAt(position);
      long value =
          switch (random.nextInt(9)) {
            case 0 -> old ^ COPIED;
            case 1 -> old ^ 1L << 62;
            case 2 -> old ^ 1L << random.nextInt(63);
            case 3 -> old + 512;
            case 4 -> 0;
            case 5 -> old & ~OFFSET | file.length() + cluster & -cluster;
            case 6 -> COPIED | 1L << random.nextInt(40, 56);
            case 7 -> old & ~OFFSET | random.nextLong(file.length()) & -cluster;
            default -> old + (random.nextBoolean() ? cluster : -cluster);
          };
      file.seek(position);
      file.writeLong(value);
      return "%s at %d: %x to %x".formatted(what, position, old, value);
    }
  }

  private void check(BothSides sides, String damage) throws IOException {
    Path image = sides.ours().resolve(sides.top());
    Oracle.Result theirs = Oracle.qemuImg("check", "-f", "qcow2", image);
    Cli.Result ours = Cli.run("check", "-f", "qcow2", image);
    exitCodes.merge(theirs.exitCode(), 1, Integer::sum);
    if (theirs.exitCode() == 1) {
      assertTrue(ours.status() == 1 || ours.status() == 2, theirs + ours.error());
      count("qemu-img gives up");
      return;
    }
    // What is not reported by qemu-img is not written with it either.
    Oracle.Result quietly = Oracle.qemuImg("check", "-q", "-f", "qcow2", image);
    Cli.Result oursQuietly = Cli.run("check", "-q", "-f", "qcow2", image);
    assertEquals(quietly.output() + quietly.error(), oursQuietly.output() + oursQuietly.error());
    if (!theirs.output().equals(ours.output())) {
      assertTrue(
          number(ours.output(), "corruptions") >= number(theirs.output(), "corruptions"),
          theirs + "" + ours);
      assertTrue(
          number(ours.output(), "leaks") >= number(theirs.output(), "leaks"), theirs + "" + ours);
      assertTrue(ours.error().lines().count() > theirs.error().lines().count(), theirs + "" + ours);
      count("more is found here");
      return;
    }
    assertEquals(theirs.error(), ours.error());
    assertEquals(theirs.exitCode(), ours.status());
    assertEquals(
        Oracle.qemuImg("check", "-f", "qcow2", "--output=json", image).output(),
        withoutFindings(Cli.run("check", "-f", "qcow2", "--output=json", image).output()));
    count("the same is found");
    String info = Oracle.qemuImg("info", image).output();
    if (info.contains("Snapshot list:") && info.contains("bitmaps:")) {
      count("no repair where qemu-img forgets the snapshots");
      return;
    }
    if (!COUNTS.matcher(theirs.error()).matches()
        || theirs.error().contains("refcount=0 ")
        || damage.contains("entry")) {
      // How that is repaired each tool decides; CheckAgreementTest compares what comes of it.
      count("a repair in other words");
      return;
    }
    Path damaged = Files.copy(image, sides.ours().resolve("damaged"));
    for (String extent : new String[] {"leaks", "all"}) {
      for (Path side : new Path[] {sides.ours(), sides.theirs()}) {
        Files.copy(damaged, side.resolve(sides.top()), StandardCopyOption.REPLACE_EXISTING);
      }
      repair(sides, extent);
    }
    Files.delete(damaged);
  }

  private void repair(BothSides sides, String extent) throws IOException {
    Path image = sides.ours().resolve(sides.top());
    Path other = sides.theirs().resolve(sides.top());
    Object[] verb = {"check", "-f", "qcow2", "-r", extent};
    Oracle.Result theirs = Oracle.qemuImg(with(verb, other));
    Cli.Result ours = Cli.run(with(verb, image));
    exitCodes.merge(theirs.exitCode(), 1, Integer::sum);
    if (theirs.exitCode() == 1) {
      count("qemu-img gives up a repair");
      return;
    }
    // What is left is for the next writer, who learns so that refcounts are not right.
    String error = ours.error().replaceAll("(?m)^diskformat: .* marked as not closed, .*\n", "");
    assertEquals(theirs.output() + theirs.error(), ours.output() + error);
    assertEquals(theirs.exitCode(), ours.status(), theirs.toString());
    count("-r " + extent + " says the same");
    if (theirs.exitCode() == 0) {
      Oracle.Result same = Oracle.qemuImg("compare", "-f", "qcow2", "-F", "qcow2", image, other);
      // What was made a compressed cluster can perhaps not be read.
      assertTrue(same.exitCode() == 0 || same.error().contains("while reading"), same.toString());
    }
  }

  private static Object[] with(Object[] verb, Path image) {
    Object[] all = Arrays.copyOf(verb, verb.length + 1);
    all[verb.length] = image;
    return all;
  }

  /** Returns the number of corruptions or leaks that a check counts. */
  private static long number(String output, String what) {
    String words = what.equals("leaks") ? " leaked clusters were" : " errors were";
    return output
        .lines()
        .filter(line -> line.contains(words + " found"))
        .mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
        .sum();
  }

  /** Returns what qemu-img would write as JSON. */
  private static String withoutFindings(String json) {
    int at = json.indexOf(",\n    \"findings\": [");
    return at < 0 ? json : json.substring(0, at) + "\n}\n";
  }
}
