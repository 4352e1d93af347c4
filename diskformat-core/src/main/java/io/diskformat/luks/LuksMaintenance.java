package io.diskformat.luks;

import io.diskformat.DiskImage;
import io.diskformat.ImageInfo;
import io.diskformat.ImageMaintenance;
import io.diskformat.SecretSupplier;
import io.diskformat.spi.OpenRequest;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

/** A LUKS image that is open for a change of its passphrases. */
final class LuksMaintenance implements ImageMaintenance {
  private final OpenRequest request;
  private final DiskImage description;

  private LuksMaintenance(OpenRequest request, DiskImage description) {
    this.request = request;
    this.description = description;
  }

  static LuksMaintenance open(OpenRequest request) throws IOException {
    return new LuksMaintenance(request, LuksImage.described(request.storage()));
  }

  private LuksKeyring keyring() throws IOException {
    Storage storage = request.storage();
    return new LuksKeyring(storage, 0, LuksHeader.read(storage, 0).payload());
  }

  @Override
  public String format() {
    return "luks";
  }

  @Override
  public ImageInfo info() throws IOException {
    return LuksImage.described(request.storage()).info();
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
    description.close();
  }
}
