package io.diskformat.opening;

import io.diskformat.BitmapChange;
import io.diskformat.CheckReport;
import io.diskformat.ImageClosedException;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.Limits;
import io.diskformat.MissingData;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.SecretSupplier;
import io.diskformat.event.Events;
import io.diskformat.event.Span;
import io.diskformat.storage.Faults;
import io.diskformat.storage.IoSupplier;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Guards the maintenance of a format: it runs one operation at a time, none that changes an image
 * opened for reading, none once it is closed or the caller's deadline has passed, and turns faults
 * of mapped memory into {@link IOException}s.
 */
final class GuardedMaintenance implements ImageMaintenance {
  private final Storage storage;
  private final boolean writable;
  private final Limits limits;
  private final ImageMaintenance image;
  private volatile boolean closed;

  GuardedMaintenance(Storage storage, OpenOptions options, ImageMaintenance image) {
    this.storage = storage;
    this.writable = options.isWritable();
    this.limits = options.limits();
    this.image = image;
  }

  /** Returns a listener that looks at the clock first, if there is a deadline. */
  private ProgressListener until(ProgressListener listener) {
    if (limits.deadline().isEmpty()) {
      return listener;
    }
    return (done, total) -> {
      TimedStorage.check(limits, storage.name());
      listener.progress(done, total);
    };
  }

  private synchronized <T> T run(IoSupplier<T> operation) throws IOException {
    if (closed) {
      throw new ImageClosedException(storage.name());
    }
    limits.checkDeadline(storage.name());
    try {
      return Faults.supply(storage, "looking after the image", operation);
    } catch (TimedStorage.DeadlinePassed e) {
      throw e.failure();
    }
  }

  private CheckReport checked(IoSupplier<CheckReport> check) throws IOException {
    try (Span span = Events.check(storage.name())) {
      CheckReport report = run(check);
      span.amount(report.problems().size());
      span.succeeded();
      return report;
    }
  }

  private <T> T change(IoSupplier<T> operation) throws IOException {
    if (!writable) {
      throw new UnsupportedOperationException(
          storage.name() + ": opened for reading, which allows a check and no change");
    }
    return run(operation);
  }

  @Override
  public ImageInfo info() throws IOException {
    return run(image::info);
  }

  @Override
  public String format() throws IOException {
    return run(image::format);
  }

  @Override
  public CheckReport check() throws IOException {
    return check(ProgressListener.NONE);
  }

  @Override
  public CheckReport check(ProgressListener listener) throws IOException {
    return checked(() -> image.check(until(listener)));
  }

  @Override
  public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
      throws IOException {
    return checked(() -> image.check(until(listener), problems));
  }

  @Override
  public RepairReport repair(Repair repair) throws IOException {
    return change(() -> image.repair(repair));
  }

  @Override
  public RepairReport repair(Repair repair, boolean dryRun, Consumer<CheckReport.Problem> changes)
      throws IOException {
    IoSupplier<RepairReport> operation = () -> image.repair(repair, dryRun, changes);
    return dryRun ? run(operation) : change(operation);
  }

  @Override
  public void compact(ProgressListener listener) throws IOException {
    var _ =
        change(() -> {
          image.compact(until(listener));
          return true;
        });
  }

  @Override
  public List<MissingData> commit(ProgressListener listener) throws IOException {
    return change(() -> image.commit(until(listener)));
  }

  @Override
  public void empty() throws IOException {
    var _ =
        change(() -> {
          image.empty();
          return true;
        });
  }

  @Override
  public void rebase(Rebase rebase, ProgressListener listener) throws IOException {
    NewReferences.checkBacking(storage.name(), rebase.backingFile(), rebase.format());
    var _ =
        change(() -> {
          image.rebase(rebase, until(listener));
          return true;
        });
  }

  @Override
  public void change(BitmapChange change) throws IOException {
    var _ =
        change(() -> {
          image.change(change);
          return true;
        });
  }

  @Override
  public int addKey(SecretSupplier added, OptionalInt slot, Duration time) throws IOException {
    return change(() -> image.addKey(added, slot, time));
  }

  @Override
  public void removeKey(SecretSupplier removed) throws IOException {
    var _ =
        change(() -> {
          image.removeKey(removed);
          return true;
        });
  }

  @Override
  public void removeKeySlot(int slot) throws IOException {
    var _ =
        change(() -> {
          image.removeKeySlot(slot);
          return true;
        });
  }

  @Override
  public void amend(Map<String, String> options, ProgressListener listener) throws IOException {
    var _ =
        change(() -> {
          image.amend(options, until(listener));
          return true;
        });
  }

  @Override
  public void close() throws IOException {
    closed = true;
    image.close();
  }
}
