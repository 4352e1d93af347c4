package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DirtyCursor;
import io.diskformat.DiskImage;
import io.diskformat.SizeText;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Manifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The verb {@code manifest}. */
final class ManifestVerb extends ReadingVerb {
  private final Argument target = option("FILE", "The new manifest.", "-o", "--output-file");
  private final Argument algorithm =
      option("NAME", "For example blake3; sha256 if not given.", "--algorithm");
  private final Argument update =
      option(
          "MANIFEST",
          "An earlier manifest of the disk: only what may have changed since is read.",
          "--update");
  private final Argument bitmap =
      option("NAME", "With --update: what changed is in this dirty bitmap.", "--bitmap");
  private final Argument changed =
      options(
          "OFFSET+LENGTH",
          "With --update: this changed. May be given several times; not at all if nothing did.",
          "--changed");
  private final Argument snapshot = option("SNAPSHOT", "The disk of this snapshot.", "-l");
  private final PartitionOption partition = PartitionOption.of(this);
  private final Argument progress =
      flag("Show progress, on the standard error.", "-p", "--progress");
  private final Argument file = parameter("IMAGE", "The image.");

  ManifestVerb() {
    super(
        "manifest",
        "Writes the checksums of all blocks of an image's disk to a file, by which verify says"
            + " where a disk differs; prints the checksum that hash does.");
    footer(
        "The same disk has the same manifest, whatever its image's format. A file that is there"
            + " already is replaced once the new one is complete.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (target.value() == null) {
      throw new IllegalArgumentException("-o says which file the manifest is written to");
    }
    String earlier = update.value();
    if (earlier == null && (bitmap.isGiven() || changed.isGiven())) {
      throw new IllegalArgumentException("--bitmap and --changed go with --update");
    }
    if (earlier != null && algorithm.isGiven()) {
      throw new IllegalArgumentException("--update goes on with the manifest's own algorithm");
    }
    ContentHash hash = ContentHash.algorithm(algorithm.valueOr("sha256"));
    Path path = Path.of(target.required());
    Path partial = Files.createTempFile(directoryOf(path), "." + path.getFileName(), ".partial");
    ContentHash.Result result;
    try (DiskImage image = open(image(file));
        BlockDevice disk = Snapshots.device(image, snapshot.value());
        Progress bar = Progress.besideResult(terminal, progress.isGiven());
        FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      BlockDevice device = partition.of(disk);
      ContentHash computation = hash.progress(bar);
      result =
          earlier == null
              ? computation.of(device, channel)
              : computation.update(
                  Manifest.open(Path.of(earlier)), device, changes(image), channel);
      Missing.report(terminal, device);
      channel.force(true);
      Path _ = Files.move(partial, path, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      boolean _ = Files.deleteIfExists(partial);
    }
    terminal.line(result.hex() + "  " + Terminal.printable(file.required()));
    return 0;
  }

  private static Path directoryOf(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (path.getFileName() == null || parent == null) {
      throw new IllegalArgumentException(path + ": is no name of a file");
    }
    return parent;
  }

  private DirtyCursor changes(DiskImage image) throws IOException {
    String name = bitmap.value();
    if (name == null) {
      return cursor(changed.values().stream().map(ManifestVerb::range).toList());
    }
    if (changed.isGiven() || partition.isGiven() || snapshot.isGiven()) {
      throw new IllegalArgumentException(
          "--bitmap is of the whole disk as it is: it goes with neither --changed nor --partition"
              + " nor -l");
    }
    return image.dirtyRanges(name);
  }

  private static DirtyCursor.Range range(String text) {
    int plus = text.indexOf('+');
    if (plus < 0) {
      throw new IllegalArgumentException(
          "--changed must be OFFSET+LENGTH, for example 1M+64k, not \"" + text + "\"");
    }
    return new DirtyCursor.Range(
        SizeText.parse(text.substring(0, plus), "offset"),
        SizeText.parse(text.substring(plus + 1), "length"));
  }

  /** Returns ranges in ascending order; those that overlap are joined. */
  private static DirtyCursor cursor(List<DirtyCursor.Range> ranges) {
    List<DirtyCursor.Range> joined = new ArrayList<>();
    List<DirtyCursor.Range> sorted =
        ranges.stream()
            .filter(range -> range.length() > 0)
            .sorted(Comparator.comparingLong(DirtyCursor.Range::offset))
            .toList();
    for (DirtyCursor.Range range : sorted) {
      DirtyCursor.Range last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && range.offset() <= last.end()) {
        joined.removeLast();
        joined.add(union(last, range));
      } else {
        joined.add(range);
      }
    }
    Iterator<DirtyCursor.Range> iterator = joined.iterator();
    return () -> next(iterator);
  }

  private static DirtyCursor.Range union(DirtyCursor.Range one, DirtyCursor.Range next) {
    return new DirtyCursor.Range(one.offset(), Math.max(one.end(), next.end()) - one.offset());
  }

  private static DirtyCursor.@Nullable Range next(Iterator<DirtyCursor.Range> ranges) {
    return ranges.hasNext() ? ranges.next() : null;
  }
}
