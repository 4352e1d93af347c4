package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.FileTreeFormat;
import io.diskformat.filesystem.FreeRangeListener;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Map;

/**
 * The file systems FAT12, FAT16 and FAT32. Files have their long name, or the short one if they
 * have no other; they are found by either, whatever the case of its letters. The choice {@code
 * codepage} names the character set of short names, which no volume records: {@code IBM850}; it is
 * {@code IBM437} where nothing is chosen. What is recorded of times is taken for UTC.
 */
public final class Fat implements FileTreeFormat {
  private static final String CODE_PAGE = "codepage";
  private static final String USUAL_CODE_PAGE = "IBM437";

  /** For {@link java.util.ServiceLoader}. */
  public Fat() {}

  @Override
  public String name() {
    return "fat";
  }

  @Override
  public boolean recognizes(BlockDevice device) throws IOException {
    return BootSector.isMarked(new DeviceBytes(device));
  }

  private static Charset codePage(Map<String, ?> options) {
    Object chosen = options.get(CODE_PAGE);
    return Charset.forName(chosen == null ? USUAL_CODE_PAGE : chosen.toString());
  }

  @Override
  public FileTreeEdit edit(BlockDevice device, Map<String, ?> options) throws IOException {
    return FatEdit.of(device, codePage(options));
  }

  @Override
  public FileTree open(BlockDevice device, Map<String, ?> options) throws IOException {
    Charset codePage = codePage(options);
    FatVolume volume = new FatVolume(device, codePage);
    return new FatTree(volume, VolumeLabel.of(volume.bytes(), volume.boot(), codePage));
  }

  @Override
  public void freeRanges(BlockDevice device, FreeRangeListener listener) throws IOException {
    new FreeClusters(new FatVolume(device, Charset.forName(USUAL_CODE_PAGE))).list(listener);
  }
}
