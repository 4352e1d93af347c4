package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.Difference;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The verb {@code compare}. */
final class CompareVerb extends ReadingVerb {
  /** In bytes; qemu-img compares sectors, and reports the first that differs. */
  private static final long SECTOR = 512;

  /** The number of ranges that are listed. */
  private static final int MOST_RANGES = 100_000;

  private final Argument secondFormat = option("FMT", "The second image's format.", "-F");
  private final Argument strict =
      flag("Count a different size or allocation as a difference, too.", "-s");
  private final Argument ranges =
      flag("List all ranges that differ, and not only the first.", "--ranges");
  private final PartitionOption firstPartition =
      PartitionOption.of(this, "first image", "--partition");
  private final PartitionOption secondPartition =
      PartitionOption.of(this, "second image", "--second-partition");
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument first = parameter("FILE1", "An image.");
  private final Argument second = parameter("FILE2", "The image to compare it with.");

  CompareVerb() {
    super("compare", "Says whether two images hold the same disk.");
    footer(
        "Exit status: 0 if they do, 1 if they do not, 2 if it could not be found out. The members"
            + " of the object of --output=json are filename, other-filename, strict, identical,"
            + " verdict (identical, content, size or allocation: what differs first), offset (of"
            + " the first byte that differs, if the verdict is about one) and sizes-differ; with"
            + " --ranges, offset is that of the first sector, ranges has start and length of each,"
            + " the first "
            + MOST_RANGES
            + " of them, and complete says whether these are all.");
  }

  /** Status 1 says that the disks differ. */
  @Override
  int failureStatus() {
    return 2;
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    boolean json = OutputFormat.of(output.valueOr("human")) == OutputFormat.JSON;
    if (ranges.isGiven() && strict.isGiven()) {
      throw new IllegalArgumentException(
          "--ranges lists what differs in content, and -s is about more");
    }
    boolean isShown = progress.isGiven() && !quiet.isGiven();
    try (DiskImage a = open(image(first));
        DiskImage b = open(image(second.required(), secondFormat.value()));
        Progress bar =
            json ? Progress.besideResult(terminal, isShown) : new Progress(terminal, isShown)) {
      BlockDevice one = firstPartition.of(a);
      BlockDevice other = secondPartition.of(b);
      Comparison comparison = Comparison.of(one, other).progress(bar);
      if (ranges.isGiven()) {
        return listRanges(comparison, one.size() != other.size(), json, terminal);
      }
      Comparison.Result result = comparison.strict(strict.isGiven()).run();
      if (json) {
        new Json(terminal).write(members(result));
      } else if (!quiet.isGiven()) {
        report(result, Math.min(one.size(), other.size()), terminal);
      }
      Missing.report(terminal, a, b);
      return result.isIdentical() ? 0 : 1;
    }
  }

  private int listRanges(
      Comparison comparison, boolean sizesDiffer, boolean json, Terminal terminal)
      throws IOException {
    List<Difference> found = comparison.differences(MOST_RANGES + 1);
    boolean complete = found.size() <= MOST_RANGES;
    List<Difference> listed = complete ? found : found.subList(0, MOST_RANGES);
    if (json) {
      OptionalLong offset =
          found.isEmpty() ? OptionalLong.empty() : OptionalLong.of(found.getFirst().offset());
      Comparison.Verdict verdict =
          found.isEmpty() ? Comparison.Verdict.IDENTICAL : Comparison.Verdict.CONTENT_DIFFERS;
      Map<String, Object> members = members(new Comparison.Result(verdict, offset, sizesDiffer));
      members.put("complete", complete);
      members.put("ranges", listed.stream().map(CompareVerb::range).toList());
      new Json(terminal).write(members);
    } else if (!quiet.isGiven()) {
      for (Difference range : listed) {
        terminal.line(
            "Content differs from "
                + range.offset()
                + " to "
                + range.end()
                + ", "
                + range.length()
                + " bytes");
      }
      if (!complete) {
        terminal.line("and in more ranges");
      }
      terminal.line(found.isEmpty() ? "Images are identical." : "Images differ.");
    }
    return found.isEmpty() ? 0 : 1;
  }

  private static Map<String, Object> range(Difference difference) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("start", difference.offset());
    members.put("length", difference.length());
    return members;
  }

  private Map<String, Object> members(Comparison.Result result) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("filename", first.required());
    members.put("other-filename", second.required());
    members.put("strict", strict.isGiven());
    members.put("identical", result.isIdentical());
    members.put(
        "verdict",
        switch (result.verdict()) {
          case IDENTICAL -> "identical";
          case CONTENT_DIFFERS -> "content";
          case SIZE_DIFFERS -> "size";
          case ALLOCATION_DIFFERS -> "allocation";
        });
    if (result.offset().isPresent()) {
      members.put("offset", result.offset().getAsLong());
    }
    members.put("sizes-differ", result.sizesDiffer());
    return members;
  }

  private static void report(Comparison.Result result, long commonSize, Terminal terminal)
      throws IOException {
    long offset = result.offset().orElse(commonSize);
    if (result.verdict() != Comparison.Verdict.SIZE_DIFFERS
        && result.sizesDiffer()
        && offset >= commonSize) {
      terminal.line("Warning: Image size mismatch!");
    }
    terminal.line(
        switch (result.verdict()) {
          case IDENTICAL -> "Images are identical.";
          case CONTENT_DIFFERS -> "Content mismatch at offset " + (offset & -SECTOR) + "!";
          case SIZE_DIFFERS -> "Strict mode: Image size mismatch!";
          case ALLOCATION_DIFFERS -> "Strict mode: Offset " + offset + " block status mismatch!";
        });
  }
}
