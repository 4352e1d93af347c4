package io.diskformat.qcow2;

import io.diskformat.layer.GuestMap;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** The map of an image, opened alone so that it can be measured; the format has no API for it. */
final class OpenMap implements Closeable {
  private final Storage storage;
  private final Qcow2Header header;
  private final GuestMap map;

  OpenMap(Path path) throws IOException {
    storage = FileStorage.open(path, false, Sharing.LOCKED);
    header = HeaderParser.read(storage);
    map = ClusterMap.of(MapSource.of(header, storage, null, new ClusterReader(storage, header)));
  }

  GuestMap map() {
    return map;
  }

  Storage storage() {
    return storage;
  }

  Qcow2Header header() {
    return header;
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}
