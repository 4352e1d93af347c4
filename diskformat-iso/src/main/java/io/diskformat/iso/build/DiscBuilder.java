package io.diskformat.iso.build;

import io.diskformat.ProgressListener;
import io.diskformat.storage.NewFile;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * Makes an ISO image: files are added, and then all of it is written, from its first byte to its
 * last. Not thread-safe.
 *
 * <pre>{@code
 * new DiscBuilder(DiscOptions.defaults().joliet(DiscOptions.Joliet.STANDARD))
 *     .addTree("/", directory)
 *     .addFile("/hello.txt", DiscContent.of(bytes), DiscAttributes.of(0644, now))
 *     .boot(BootEntry.bios("/isolinux/isolinux.bin").infoTable(true))
 *     .write(Path.of("x.iso"), false, ProgressListener.NONE);
 * }</pre>
 *
 * <p>The same files with the same names, attributes and content make the same bytes: directories
 * and content are in the order of names, nothing is random, and no clock is read. What is added at
 * a path where something is already takes its place; a directory that is there keeps what is in it.
 * Paths have slashes between names; directories that nobody added are made where paths lead through
 * them.
 *
 * <p>A name that a tree has no room or letters for is recorded there by another one, and reported
 * ({@link DiscReport#names}). Names that fit get theirs first; then, in their order, each other one
 * gets its own with letters replaced and shortened before its extension, and with a number where
 * that is taken. So what a name becomes depends on nothing but the names in its directory. Rock
 * Ridge records all names whole.
 */
public final class DiscBuilder {
  private final DiscOptions options;
  private final NodeTree tree;
  private final BootSetup boot = new BootSetup();

  /** Begins an empty disc. */
  public DiscBuilder(DiscOptions options) {
    this(options, new NodeTree());
  }

  /** Begins with files that are there already. */
  DiscBuilder(DiscOptions options, NodeTree tree) {
    this.options = options;
    this.tree = tree;
  }

  /** Returns how the disc is made. */
  public DiscOptions options() {
    return options;
  }

  /**
   * Adds a file of the host at a path, or a directory with all that is in it; symbolic links are
   * added as such. Names of the same file share their content.
   *
   * @throws IllegalArgumentException if there is no such path on a disc
   * @throws IOException if something cannot be read; what was read before that stays added
   */
  public DiscBuilder addTree(String path, Path source) throws IOException {
    SourceTree.add(tree, path, source);
    return this;
  }

  /**
   * Adds a file.
   *
   * @throws IllegalArgumentException if there is no such path on a disc
   */
  public DiscBuilder addFile(String path, DiscContent content, DiscAttributes attributes) {
    tree.put(path, name -> Node.file(name, attributes, content, null));
    return this;
  }

  /**
   * Adds a directory, or gives one that is there other attributes.
   *
   * @throws IllegalArgumentException if there is no such path on a disc
   */
  public DiscBuilder addDirectory(String path, DiscAttributes attributes) {
    tree.put(path, name -> Node.directory(name, attributes));
    return this;
  }

  /**
   * Adds a symbolic link, which only Rock Ridge records.
   *
   * @param target where it leads, as it is
   * @throws IllegalArgumentException if there is no such path on a disc, or the target is empty
   */
  public DiscBuilder addLink(String path, String target, DiscAttributes attributes) {
    if (target.isEmpty() || target.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(path + ": a link that leads nowhere");
    }
    tree.put(path, name -> Node.link(name, attributes, target));
    return this;
  }

  /** Returns whether there is something at a path. */
  public boolean contains(String path) {
    return tree.find(path) != null;
  }

  /**
   * Removes a file, or a directory with all that is in it.
   *
   * @throws IllegalArgumentException if nothing is there
   */
  public DiscBuilder remove(String path) {
    if (!tree.remove(path)) {
      throw new IllegalArgumentException(path + " is not there");
    }
    return this;
  }

  /** Adds a way to boot; the first one is what a firmware boots that asks nobody. */
  public DiscBuilder boot(BootEntry entry) {
    boot.add(entry);
    return this;
  }

  /** Makes the boot catalog a file of the disc; without, it has no name. */
  public DiscBuilder bootCatalog(String path) {
    NodeTree.names(path);
    boot.catalogPath(path);
    return this;
  }

  /** Makes the image one that boots as a disk, too. */
  public DiscBuilder hybrid(HybridBoot hybrid) {
    boot.hybrid(hybrid);
    return this;
  }

  /**
   * Writes the image.
   *
   * @param target is written from where it is, strictly in order, and stays open
   * @param progress gets bytes of the image
   * @throws IOException if content cannot be read or is not as long as it was said to be, what is
   *     to be booted is not there, there is more than a disc can hold, or the target cannot be
   *     written
   */
  public DiscReport write(WritableByteChannel target, ProgressListener progress)
      throws IOException {
    try (Spool spool = new Spool()) {
      Layout layout = Layout.of(tree, options, boot, spool);
      layout.write(target, progress);
      return new DiscReport(layout.size(), layout.mapped());
    }
  }

  /**
   * Writes the image to a new file, which has its name only when it is complete and durable; if
   * this throws, there is no new file, and one that was there is as it was.
   *
   * @param replace whether a file of that name is replaced
   * @param progress gets bytes of the image
   * @throws java.nio.file.FileAlreadyExistsException if there is a file of that name, and it is not
   *     to be replaced
   * @throws IOException as {@link #write(WritableByteChannel, ProgressListener)} throws it, or if
   *     the file cannot be created
   */
  public DiscReport write(Path file, boolean replace, ProgressListener progress)
      throws IOException {
    try (NewFile image = NewFile.beside(file, replace)) {
      DiscReport report = write(new StorageChannel(image.storage()), progress);
      image.storage().close();
      image.commit();
      return report;
    }
  }
}
