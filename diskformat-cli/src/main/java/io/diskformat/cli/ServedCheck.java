package io.diskformat.cli;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.CheckRound;
import io.diskformat.imageservice.ImageQuery;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageReport;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImageServiceException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Checks all images that a service has, and says which are damaged, and where. */
final class ServedCheck {
  private static final int NOT_CHECKED = 1;
  private static final int DAMAGED = 2;
  private static final Caller ADMIN = Caller.admin("fsck", "fsck");

  private final ImageService service;
  private final Terminal terminal;

  ServedCheck(ImageService service, Terminal terminal) {
    this.service = service;
    this.terminal = terminal;
  }

  /**
   * Returns the exit code: 0, or 2 if something is damaged, or 1 if not all could be checked and
   * the rest is as it was.
   */
  int run() throws IOException {
    int checked = 0;
    int damaged = 0;
    int incomplete = 0;
    CheckRound round = CheckRound.begin(service, ADMIN, Long.MAX_VALUE);
    for (ImageRecord image : service.list(ADMIN, ImageQuery.usual().everything())) {
      Optional<ImageReport> report = check(round, image);
      if (report.isPresent()) {
        checked++;
        damaged += report.get().isDamaged() ? 1 : 0;
        incomplete += report.get().notChecked().isEmpty() ? 0 : 1;
        if (!report.get().isIntact()) {
          show(image, report.get());
        }
      }
    }
    String partly = incomplete == 0 ? "" : ", %d not, or not in each store".formatted(incomplete);
    terminal.line("%d images checked%s, %d damaged".formatted(checked, partly, damaged));
    return damaged > 0 ? DAMAGED : incomplete > 0 ? NOT_CHECKED : 0;
  }

  private static Optional<ImageReport> check(CheckRound round, ImageRecord image)
      throws IOException {
    try {
      return round.check(image);
    } catch (ImageServiceException e) {
      if (e.problem() == ImageServiceException.Problem.NOT_FOUND) {
        // Another service, with the same catalogue, has deleted it meanwhile.
        return Optional.empty();
      }
      throw e;
    }
  }

  private void show(ImageRecord image, ImageReport report) throws IOException {
    terminal.line(image.id());
    for (String problem : report.problems()) {
      terminal.line("  " + problem);
    }
    for (ImageReport.Range range : report.damaged()) {
      terminal.line("  damaged: bytes %d to %d".formatted(range.start(), range.end() - 1));
    }
    Optional<List<ImageReport.Range>> disk = report.damagedDisk();
    if (disk.isPresent() && disk.get().isEmpty()) {
      terminal.line("  no byte of the disk is damaged");
    }
    for (ImageReport.Range range : disk.orElse(List.of())) {
      terminal.line(
          "  damaged: bytes %d to %d of the disk".formatted(range.start(), range.end() - 1));
    }
    for (String what : report.notChecked()) {
      terminal.line("  " + what);
    }
  }
}
