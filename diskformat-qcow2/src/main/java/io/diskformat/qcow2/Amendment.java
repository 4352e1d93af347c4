package io.diskformat.qcow2;

import io.diskformat.DiskImage;
import io.diskformat.ProgressListener;
import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes options that an image was created with, one after the other. Each is changed by one write
 * of the header, before which all that it needs is durable; so at any instant the image is one with
 * some of the old options and some of the new ones.
 */
final class Amendment {
  private final OpenRequest request;
  private final Storage storage;

  Amendment(OpenRequest request) {
    this.request = request;
    this.storage = request.storage();
  }

  /** Changes options, and makes that durable. */
  void run(Map<String, String> given, ProgressListener listener) throws IOException {
    Qcow2Header header = WritableTables.checked(storage);
    AmendOptions wanted = AmendOptions.of(storage.name(), header, given);
    if (wanted.version() < header.version()) {
      checkDowngrade(header, wanted);
    }
    listener.progress(0, 100);
    // Refcounts that are not right would be kept.
    withTables(
        header,
        tables -> {
          if (wanted.version() > header.version()) {
            tables.writer().snapshots().complete();
          }
        });
    if (wanted.version() > header.version()) {
      new HeaderRewrite(storage, HeaderParser.read(storage)).version(wanted.version()).write();
    }
    changeRefcounts(wanted);
    changeFeatures(wanted);
    if (wanted.size() != header.size()) {
      resize(wanted.size(), listener);
    }
    if (wanted.version() < header.version()) {
      downgrade();
    }
    listener.progress(100, 100);
  }

  /** Works on tables. */
  @FunctionalInterface
  private interface Work {
    void on(WritableTables tables) throws IOException;
  }

  private void withTables(Qcow2Header header, Work work) throws IOException {
    try (DataFile data = new DataFile(request, header);
        WritableTables tables = new WritableTables(storage, data.storage())) {
      work.on(tables);
      tables.finish();
    }
  }

  private void changeRefcounts(AmendOptions wanted) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    if (wanted.refcountOrder() == header.refcountOrder()) {
      return;
    }
    try (DataFile data = new DataFile(request, header);
        WritableTables tables = new WritableTables(storage, data.storage())) {
      new RefcountWidth(tables.writer().tables(), wanted.refcountOrder()).run();
    }
  }

  private void changeFeatures(AmendOptions wanted) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    boolean lazy = (header.compatible() & Qcow2Header.LAZY_REFCOUNTS) != 0;
    if (header.version() >= 3 && wanted.lazyRefcounts() != lazy) {
      long others = header.compatible() & ~Qcow2Header.LAZY_REFCOUNTS;
      new HeaderFields(storage, header)
          .compatible(others | (wanted.lazyRefcounts() ? Qcow2Header.LAZY_REFCOUNTS : 0));
      storage.flush(WriteStep.CLOSE);
    }
    String dataFile = header.extensions().dataFile().orElse("");
    if (!wanted.dataFile().equals(dataFile) || wanted.rawData() != header.hasRawData()) {
      new HeaderRewrite(storage, header)
          .extension(HeaderExtensions.DATA_FILE, wanted.dataFile().getBytes(StandardCharsets.UTF_8))
          .autoclear(Qcow2Header.RAW_EXTERNAL_DATA, wanted.rawData())
          .write();
    }
  }

  private void resize(long size, ProgressListener listener) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    try (DiskImage below = below(header)) {
      withTables(
          header,
          tables -> {
            tables.writer().bitmaps().keep();
            DiskResize resize = tables.writer().resize();
            if (size < header.size()) {
              long _ = resize.shrink(size);
              resize.forgetBeyondEnd(listener);
            } else {
              long _ = resize.grow(size, below, Preallocation.OFF, listener);
            }
          });
    }
  }

  private @Nullable DiskImage below(Qcow2Header header) throws IOException {
    return header.backingFile().isEmpty()
        ? null
        : request
            .forReading()
            .openBacking(header.backingFile().get(), header.extensions().backingFormat());
  }

  // To version 2

  private void checkDowngrade(Qcow2Header header, AmendOptions wanted) throws IOException {
    for (Snapshot snapshot : SnapshotTable.read(storage, header).snapshots()) {
      if (snapshot.diskSize() != wanted.size() || snapshot.vmStateSize() >>> 32 != 0) {
        throw new UnsupportedFeatureException(
            storage.name(),
            "compat=0.10 while there are snapshots of another disk size: Internal snapshots"
                + " prevent downgrade of image");
      }
    }
    if (header.extensions().find(HeaderExtensions.BITMAPS).isPresent()) {
      throw new UnsupportedFeatureException(
          storage.name(), "compat=0.10 of an image that has bitmaps");
    }
  }

  private void downgrade() throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    try (DataFile data = new DataFile(request, header);
        WritableTables tables = new WritableTables(storage, data.storage());
        ClusterReader compressed = new ClusterReader(storage, header)) {
      ImageTables all = tables.writer().tables();
      References references =
          new References(storage, header, all.pages(), all.refcounts(), compressed);
      new ZeroExpansion(all, data.storage(), tables.writer())
          .run(references, tables.writer().snapshots().table());
      new L1References(all, new EntryTargets(all, compressed), tables.writer()).correctFlags();
      tables.finish();
    }
    new HeaderRewrite(storage, HeaderParser.read(storage)).version(2).write();
  }
}
