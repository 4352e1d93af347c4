package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.ProgressListener;
import io.diskformat.Snapshot;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.CommonOptions.Preallocation;
import io.diskformat.spi.ImageFiles;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.ForAll;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

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
    withTables(tables -> {
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

  private void withTables(ForAll.Action<WritableTables> work) throws IOException {
    try (ImageFiles files = ImageFiles.beside(request);
        WritableTables tables = new WritableTables(request, files)) {
      work.on(tables);
      tables.finish();
    }
  }

  private void changeRefcounts(AmendOptions wanted) throws IOException {
    if (wanted.refcountOrder() == HeaderParser.read(storage).refcountOrder()) {
      return;
    }
    try (ImageFiles files = ImageFiles.beside(request);
        WritableTables tables = new WritableTables(request, files)) {
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
    try (ImageFiles files = ImageFiles.beside(request)) {
      BlockDevice below = OtherFiles.openBelow(request, files, header);
      withTables(tables -> {
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
    withTables(this::expandZeroes);
    new HeaderRewrite(storage, HeaderParser.read(storage)).version(2).write();
  }

  private void expandZeroes(WritableTables tables) throws IOException {
    Qcow2Writer writer = tables.writer();
    ImageTables all = writer.tables();
    ClusterReader compressed = tables.compressed();
    References references =
        new References(storage, tables.header(), all.pages(), all.refcounts(), compressed);
    new ZeroExpansion(all, tables.data(), writer).run(references, writer.snapshots().table());
    new L1References(all, new EntryTargets(all, compressed), writer).correctFlags();
  }
}
