package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.transfer.Comparison;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The verb {@code compare}. */
final class CompareVerb extends ReadingVerb {
  /** In bytes; qemu-img compares sectors, and reports the first that differs. */
  private static final long SECTOR = 512;

  private final Argument secondFormat = option("FMT", "The second image's format.", "-F");
  private final Argument strict =
      flag("Count a different size or allocation as a difference, too.", "-s");
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
            + " the first byte that differs, if the verdict is about one) and sizes-differ.");
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
    boolean isShown = progress.isGiven() && !quiet.isGiven();
    try (DiskImage a = open(image(first));
        DiskImage b = open(image(second.required(), secondFormat.value()));
        Progress bar =
            json ? Progress.besideResult(terminal, isShown) : new Progress(terminal, isShown)) {
      Comparison.Result result = Comparison.of(a, b).strict(strict.isGiven()).progress(bar).run();
      if (json) {
        new Json(terminal).write(members(result));
      } else if (!quiet.isGiven()) {
        tell(result, Math.min(a.size(), b.size()), terminal);
      }
      Missing.tell(terminal, a, b);
      return result.isIdentical() ? 0 : 1;
    }
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

  private static void tell(Comparison.Result result, long commonSize, Terminal terminal)
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
