package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTrees;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a new image out of one that is there already: with its files, identifiers and date, its
 * trees, its boot catalog, boot code and partition tables, all of which lead to where things are in
 * the new one. Files are added, replaced and removed between opening the old image and writing the
 * new one, which is not to be written over the old one while that is open. Not thread-safe.
 *
 * <pre>{@code
 * try (Remaster old = Remaster.open(Path.of("installer.iso"))) {
 *   DiscBuilder disc = old.builder(old.options());
 *   disc.addFile("/preseed.cfg", DiscContent.of(preseed), DiscAttributes.of(0444, now));
 *   disc.remove("/README");
 *   disc.write(Path.of("new.iso"), false, ProgressListener.NONE);
 * }
 * }</pre>
 */
public final class Remaster implements Closeable {
  private static final int PADDING = 150 * DiscFields.BLOCK;

  private final BlockDevice device;
  private final FoundVolume volume;
  private final FileTree tree;
  private final FoundFiles files;
  private final NodeTree nodes = new NodeTree();
  private final FoundPartitions partitions;
  private final FoundBoot boot;
  private final DiscOptions options;

  private Remaster(BlockDevice device) throws IOException {
    this.device = device;
    this.volume = FoundVolume.read(device);
    FileTree best = FileTrees.open(device, Map.of());
    this.tree =
        best.kind().equals("udf")
            ? FileTrees.open(device, Map.of("tree", volume.joliet() ? "joliet" : "plain"))
            : best;
    Instant date = volume.created().orElse(Instant.EPOCH);
    this.files = new FoundFiles(device, date);
    files.take(tree.root(), nodes.root(), "");
    this.partitions = new FoundPartitions(device, files.end());
    this.boot = new FoundBoot(device, files, partitions);
    if (volume.catalog() != 0) {
      boot.read(volume.catalog());
    }
    this.options = found(date);
  }

  /**
   * Opens an image.
   *
   * @throws io.diskformat.DiskFormatException if it is no ISO image, makes no sense, or has
   *     something that cannot be taken over
   * @throws IOException if it cannot be read
   */
  public static Remaster open(Path image) throws IOException {
    return open(DiskImages.open(image, OpenOptions.readOnly()));
  }

  /**
   * Opens the image that a device holds.
   *
   * @param device closed with the returned object, or if this throws
   * @throws io.diskformat.DiskFormatException if it holds no ISO image, or one that makes no sense,
   *     or has something that cannot be taken over
   * @throws IOException if it cannot be read
   */
  public static Remaster open(BlockDevice device) throws IOException {
    try {
      return new Remaster(device);
    } catch (IOException | RuntimeException | Error e) {
      try (device) {
        throw e;
      }
    }
  }

  private DiscOptions found(Instant date) throws IOException {
    DiscOptions.Joliet joliet = DiscOptions.Joliet.NONE;
    if (volume.joliet()) {
      int longest = FoundFiles.longestName(FileTrees.open(device, Map.of("tree", "joliet")).root());
      joliet =
          longest > DiscOptions.Joliet.STANDARD.longest()
              ? DiscOptions.Joliet.LONG
              : DiscOptions.Joliet.STANDARD;
    }
    FileTree plain = FileTrees.open(device, Map.of("tree", "plain"));
    return DiscOptions.defaults()
        .date(date)
        .identifiers(volume.identifiers())
        .level(volume.enhanced() ? 4 : 3)
        .rockRidge(tree.kind().equals("rockridge"))
        .joliet(joliet)
        .relocation(plain.root().find("RR_MOVED").isPresent())
        .compression(files.isCompressed())
        .padding(device.size() - files.end() >= PADDING)
        .implantedMd5(volume.hasMd5());
  }

  /** Returns how the image is made, as far as that can be seen: for the new one, or to change. */
  public DiscOptions options() {
    return options;
  }

  /** Returns what the new image will not have, as people read it; usually nothing. */
  public List<String> lost() {
    List<String> lost = new ArrayList<>(files.lost());
    lost.addAll(partitions.lost());
    if (volume.udf()) {
      lost.add("the tree of UDF");
    }
    return lost;
  }

  /**
   * Returns a builder with all that is in the image. Each call returns the same files.
   *
   * @param wanted how the new image is made
   */
  public DiscBuilder builder(DiscOptions wanted) {
    DiscBuilder builder = new DiscBuilder(wanted, nodes);
    boot.entries().forEach(builder::boot);
    Optional<String> catalog = files.at(volume.catalog());
    if (volume.catalog() != 0) {
      catalog.ifPresent(builder::bootCatalog);
    }
    partitions.hybrid(boot.bios()).ifPresent(builder::hybrid);
    return builder;
  }

  /** Closes the old image. */
  @Override
  public void close() throws IOException {
    device.close();
  }
}
