package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged images: a check finds what qemu-img's finds, and says it in the same words. */
class CheckAgreementTest {
  private static final int CASES = Integer.getInteger("diskformat.damages", 1000);

  /** Of all cases, those that say this of themselves. */
  private static final String ONLY = System.getProperty("diskformat.damaged", "");

  private static final int IMAGES = Integer.getInteger("diskformat.damagedImages", 12);
  private static final long LARGEST_DISK = 64 << 20;

  /** Of what is wrong with one image: of more, the words are not compared. */
  private static final int MOST_KEPT = 100_000;

  private static final int MOST_TEXT = Integer.getInteger("diskformat.damageText", 1500);
  private static final Pattern ERRORS = Pattern.compile("(\\d+) errors were found");
  private static final Pattern LEAKS = Pattern.compile("(\\d+) leaked clusters were found");

  @TempDir private Path directory;

  private final Map<String, Integer> outcomes = new TreeMap<>();

  @Test
  void damagedImages() throws IOException {
    long seed = Seeds.of(CheckAgreementTest.class, 1);
    DamagedImages images = new DamagedImages(directory, new Random(seed));
    images.make(IMAGES);
    List<String> disagreements = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      DamagedImages.Damaged damaged = images.next();
      boolean wanted = damaged.toString().contains(ONLY);
      String disagreement = wanted ? compare(damaged.image()) : null;
      if (wanted && disagreement == null) {
        disagreement = repair(damaged.image());
      }
      damaged.undo();
      if (disagreement != null) {
        disagreements.add(
            damaged + ": " + disagreement.substring(0, Math.min(disagreement.length(), MOST_TEXT)));
      }
    }
    System.out.println("CheckAgreementTest: " + outcomes);
    assertEquals("", String.join("\n", disagreements), Seeds.toRepeat(seed));
  }

  private static <T> void keep(T one, List<T> list) {
    if (list.size() < MOST_KEPT) {
      list.add(one);
    }
  }

  private void count(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  /** Returns what is not alike, or null. */
  private @Nullable String compare(Path image) throws IOException {
    Oracle.Result theirs = qemuImg("check", "-f", "qcow2", image.getFileName());
    List<CheckReport.Problem> problems = new ArrayList<>();
    CheckReport ours;
    try (ImageMaintenance opened = DiskImages.maintain(image, options(OpenOptions.readOnly()))) {
      ours = opened.check(ProgressListener.NONE, problem -> keep(problem, problems));
    } catch (DiskFormatException | NoSuchFileException e) {
      boolean alike = theirs == null || theirs.exitCode() == 1;
      count(alike ? "both refuse" : "we refuse");
      if (!alike) {
        System.out.println("CheckAgreementTest: we refuse: " + e.getMessage());
      }
      return null;
    }
    if (theirs == null) {
      count("the tool does not end");
      return null;
    }
    if (theirs.error().contains("Could not open")) {
      count(
          ours.isClean()
              ? "the tool does not open it, and we find nothing"
              : "the tool does not open it");
      return null;
    }
    if (theirs.exitCode() == 1) {
      count(ours.isClean() ? "the tool fails, and we find nothing" : "the tool fails");
      return ours.isClean() ? "the tool fails: " + theirs : null;
    }
    long corruptions = number(ERRORS, theirs.output());
    long leaks = number(LEAKS, theirs.output());
    if (corruptions > 0 && ours.corruptions() == 0) {
      return "corruptions are missed: " + theirs;
    }
    if (leaks > 0 && ours.leaks() == 0) {
      return "leaks are missed: " + theirs;
    }
    String text =
        problems.stream()
            .flatMap(problem -> problem.qemuText().stream())
            .map(line -> line + "\n")
            .collect(Collectors.joining());
    boolean unread = problems.stream().anyMatch(p -> p.found().startsWith("cannot be read"));
    // Identifiers and names that were made out of anything are shown in part.
    boolean named = theirs.error().contains("ERROR snapshot ") && theirs.error().contains(" (");
    if ((unread || named) && ours.corruptions() > 0) {
      count("a table makes no sense to us, or has no proper names");
      return null;
    }
    if (problems.size() < MOST_KEPT
        && !sortedIfOverflow(text).equals(sortedIfOverflow(found(theirs)))) {
      return "other words:\n" + text + "instead of\n" + theirs;
    }
    boolean more = ours.corruptions() > corruptions || ours.leaks() > leaks;
    count(
        corruptions + leaks == 0
            ? more ? "we find something" : "nothing is found"
            : more ? "we find more" : "the same is found");
    if (ours.corruptions() < corruptions || ours.leaks() < leaks) {
      return ours.corruptions() + " corruptions and " + ours.leaks() + " leaks: " + theirs;
    }
    if (!more && !theirs.output().contains(imageEnd(ours))) {
      return ours + ": " + theirs;
    }
    return null;
  }

  /**
   * References that cannot be counted are reported after the tables, and by qemu-img among them.
   */
  private static String sortedIfOverflow(String text) {
    return text.contains("ERROR: overflow")
        ? text.lines().sorted().collect(Collectors.joining("\n"))
        : text;
  }

  /** Returns what a check found, without a warning of opening that no line ends. */
  private static String found(Oracle.Result theirs) {
    return theirs
        .error()
        .replaceFirst(
            "(?s)^qemu-img: warning: a program lacking bitmap support modified .* file to fix\\.",
            "");
  }

  private static String imageEnd(CheckReport report) {
    return "Image end offset: " + report.usedEnd();
  }

  private static long number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  /** Repairs a copy; returns what is worse than what qemu-img makes of it, or null. */
  private @Nullable String repair(Path image) throws IOException {
    Path copy = image.resolveSibling("repaired." + image.getFileName());
    Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
    RepairReport repaired;
    byte[] before = content(image);
    List<String> trial = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    try (ImageMaintenance opened = DiskImages.maintain(copy, options(OpenOptions.writable()))) {
      CheckReport tried = opened.repair(Repair.ALL, true, p -> keep(p.toString(), trial)).left();
      if (Files.mismatch(image, copy) >= 0) {
        return "a dry run changed the image";
      }
      repaired = opened.repair(Repair.ALL, false, p -> keep(p.toString(), changes));
      if (!tried.equals(repaired.left()) || !trial.equals(changes)) {
        return "a dry run said " + trial + tried + ", but it was " + changes + repaired;
      }
    } catch (DiskFormatException | NoSuchFileException e) {
      Files.delete(copy);
      return null;
    }
    byte[] after = content(copy);
    if (before != null && !Arrays.equals(before, after)) {
      return "the disk changed: " + changes;
    }
    Oracle.Result check = qemuImg("check", "-f", "qcow2", copy.getFileName());
    if (check == null) {
      count("the tool does not end");
      Files.delete(copy);
      return null;
    }
    boolean clean = check.exitCode() == 0 && repaired.left().isClean();
    boolean unopened = check.error().contains("Could not open");
    if (clean || unopened) {
      count(clean ? "repaired" : "the tool does not open what is repaired");
      Files.delete(copy);
      return null;
    }
    Files.copy(image, copy, StandardCopyOption.REPLACE_EXISTING);
    Oracle.Result theirs = qemuImg("check", "-f", "qcow2", "-r", "all", copy.getFileName());
    boolean lostSnapshots = snapshots(copy) < snapshots(image);
    // A block of refcounts that is beyond the end of the file is one after their repair, as is all
    // else that points there.
    boolean grown =
        theirs != null
            && theirs.error().contains("is outside image")
            && Files.size(copy) > Files.size(image);
    // What it takes for a table may be the guest's data as well.
    byte[] theirContent = content(copy);
    boolean spoilt = before != null && !Arrays.equals(before, theirContent);
    Files.delete(copy);
    if (theirs == null) {
      count("the tool does not end");
    } else if (theirs.exitCode() == 0 && check.exitCode() != 0) {
      boolean made = changes.toString().contains("snapshot table");
      // Said of a refcount that is wrong for that, or of the cluster itself.
      boolean shared =
          changes.toString().matches("(?s).*(which is shared by|expected only one of them).*");
      boolean beyond = grown && changes.toString().contains("beyond the end of the file");
      if (!lostSnapshots && !made && !shared && !beyond && !spoilt) {
        return "we do not repair: " + changes + check.output() + check.error() + theirs;
      }
      count(
          lostSnapshots
              ? "the tool loses the snapshots"
              : made
                  ? "the tool makes up a snapshot"
                  : shared
                      ? "the tool changes what is in a table and in use otherwise, too"
                      : spoilt
                          ? "the tool changes what the disk shows"
                          : "the tool makes the file longer, up to what points beyond its end");
    } else {
      count(check.exitCode() == 0 ? "repaired but for what we find" : "nobody repairs");
    }
    return null;
  }

  /**
   * Runs qemu-img, which goes over what some damages claim to be there, however much that is;
   * returns null if it does not end.
   */
  private Oracle.@Nullable Result qemuImg(Object... arguments) {
    return Oracle.of("qemu-img").in(directory).runIfItEnds(arguments).orElse(null);
  }

  /** Returns how many snapshots the header says that there are. */
  private static int snapshots(Path image) throws IOException {
    try (FileChannel channel = FileChannel.open(image)) {
      ByteBuffer count = ByteBuffer.allocate(Integer.BYTES);
      int _ = channel.read(count, HeaderLayout.SNAPSHOTS);
      return count.getInt(0);
    }
  }

  private static OpenOptions options(OpenOptions options) {
    return options.format("qcow2").references(ReferencePolicy.sameDirectory());
  }

  /** Returns what a disk has, or null if not all of it can be read. */
  private static byte @Nullable [] content(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, options(OpenOptions.readOnly()))) {
      if (disk.size() > LARGEST_DISK) {
        return null;
      }
      byte[] content = new byte[(int) disk.size()];
      disk.read(0, content);
      return content;
    } catch (DiskFormatException | NoSuchFileException e) {
      return null;
    }
  }
}
