package io.diskformat.qcow2;

import io.diskformat.BitmapChange;
import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ImageLockedException;
import io.diskformat.ImageMaintenance;
import io.diskformat.MissingData;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.SecretSupplier;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.luks.LuksKeyring;
import io.diskformat.maintenance.ChainCheck;
import io.diskformat.maintenance.TrialStorage;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * An image that is open for maintenance: each operation works on what is in the file at that time.
 */
final class Qcow2Maintenance implements ImageMaintenance {
  private final OpenRequest request;
  private final Storage storage;

  private Qcow2Maintenance(OpenRequest request) {
    this.request = request;
    this.storage = request.storage();
  }

  static Qcow2Maintenance open(OpenRequest request) throws IOException {
    var _ = HeaderParser.read(request.storage());
    return new Qcow2Maintenance(request);
  }

  @Override
  public ImageInfo info() throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    return Qcow2Description.of(
        storage,
        header,
        header.size(),
        SnapshotTable.read(storage, header),
        Qcow2Description.references(request, header));
  }

  @Override
  public String format() {
    return "qcow2";
  }

  @Override
  public List<MissingData> commit(ProgressListener listener) throws IOException {
    return new LayerWork(request).commit(listener);
  }

  @Override
  public void amend(Map<String, String> options, ProgressListener listener) throws IOException {
    new Amendment(request).run(options, listener);
  }

  @Override
  public void empty() throws IOException {
    new LayerWork(request).empty();
  }

  @Override
  public CheckReport check(ProgressListener listener) throws IOException {
    return check(listener, new CheckReport.Builder());
  }

  @Override
  public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems)
      throws IOException {
    return check(listener, new CheckReport.Builder(problems));
  }

  private CheckReport check(ProgressListener listener, CheckReport.Builder report)
      throws IOException {
    checkChain(report);
    var _ = Qcow2Check.run(storage, dataLength(report), report, listener);
    return report.build();
  }

  /** Returns the length of the external data file, or -1 if there is none, or it is not opened. */
  private long dataLength(CheckReport.Builder report) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    Optional<String> name = header.extensions().dataFile();
    if (!header.has(Qcow2Header.EXTERNAL_DATA)
        || name.isEmpty()
        || request.options().isMetadataOnly()) {
      return -1;
    }
    try (Storage data = request.forReading().openData(name.get())) {
      return data.size();
    } catch (ReferenceDeniedException | FileSystemException | ImageLockedException e) {
      report.checkError(
          "external data file",
          -1,
          "not checked (" + e.getMessage() + ")",
          "one that can be opened");
      return -1;
    }
  }

  @Override
  public RepairReport repair(Repair repair) throws IOException {
    return repair(repair, false, problem -> {});
  }

  @Override
  public RepairReport repair(Repair repair, boolean dryRun, Consumer<CheckReport.Problem> changes)
      throws IOException {
    CheckReport.Builder left = new CheckReport.Builder();
    checkChain(left);
    Storage target = dryRun ? new TrialStorage(storage) : storage;
    RepairReport report = Qcow2Repair.run(target, repair, changes);
    left.addAll(report.left());
    return new RepairReport(report.corruptionsFixed(), report.leaksFixed(), left.build());
  }

  private void checkChain(CheckReport.Builder report) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    Optional<String> backing = header.backingFile();
    if (request.options().isMetadataOnly()) {
      return;
    }
    if (backing.isPresent()) {
      Optional<String> format = header.extensions().backingFormat();
      ChainCheck.run(
          "backing file",
          () -> request.forReading().openBacking(backing.get(), format),
          (DiskImage below) -> Optional.empty(),
          report);
    }
  }

  @Override
  public void compact(ProgressListener listener) throws IOException {
    Qcow2Compaction.run(request, listener);
  }

  @Override
  public void rebase(Rebase rebase, ProgressListener listener) throws IOException {
    new BackingChange(request, rebase).run(listener);
  }

  @Override
  public void change(BitmapChange change) throws IOException {
    try (ImageFiles files = ImageFiles.beside(request);
        WritableTables tables = new WritableTables(request, files)) {
      BitmapEditor.run(storage, tables, change);
    }
  }

  private LuksKeyring keyring() throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    if (header.encryption() != Encryption.LUKS) {
      throw new UnsupportedFeatureException(
          storage.name(), "passphrases of a qcow2 image that is not encrypted by LUKS");
    }
    EncryptionHeader luks = EncryptionHeader.of(storage, header);
    return new LuksKeyring(storage, luks.position(), luks.length());
  }

  @Override
  public int addKey(SecretSupplier added, OptionalInt slot, Duration time) throws IOException {
    return keyring().add(request.options().secret(), added, slot, time.toMillis());
  }

  @Override
  public void removeKey(SecretSupplier removed) throws IOException {
    keyring().remove(removed);
  }

  @Override
  public void removeKeySlot(int slot) throws IOException {
    keyring().remove(slot);
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
