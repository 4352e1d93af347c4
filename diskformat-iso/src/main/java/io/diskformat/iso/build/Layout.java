package io.diskformat.iso.build;

import io.diskformat.ProgressListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The image of a disc, all of whose parts have their places: what no disc uses, volume descriptors,
 * path tables and directories of each tree, system use, the boot catalog, content, padding,
 * appended partitions.
 */
final class Layout {
  private static final int PADDING = 150;
  private static final long MOST_BLOCKS = 0xffff_ffffL;

  private final DiscOptions options;
  private final List<ImagePart> parts = new ArrayList<>();
  private final List<DiscReport.MappedName> mapped = new ArrayList<>();
  private final BootCatalog catalog = new BootCatalog();
  private final FileData catalogData =
      new FileData(
          "boot catalog",
          DiscContent.of(DiscFields.BLOCK, () -> new ByteArrayInputStream(catalog.bytes())),
          DiscFields.BLOCK,
          Optional.empty());
  private final SystemArea systemArea;
  private final VolumeDescriptorSet descriptors;
  private long blocks;

  private Layout(DiscOptions options, @Nullable HybridBoot hybrid, Instant date) {
    this.options = options;
    String label = options.identifiers().volume();
    UUID derived = UUID.nameUUIDFromBytes((label + " " + date).getBytes(StandardCharsets.UTF_8));
    this.systemArea =
        new SystemArea(hybrid, hybrid == null ? derived : hybrid.diskId().orElse(derived));
    this.descriptors = new VolumeDescriptorSet(options.identifiers(), date);
  }

  /**
   * Gives everything its place.
   *
   * @param boot what is booted from
   * @throws IOException if content cannot be read, or there is more than a disc can hold
   */
  static Layout of(NodeTree tree, DiscOptions options, BootSetup boot, Spool spool)
      throws IOException {
    Instant date = options.date().orElseGet(() -> ContentPlan.newest(tree.root()));
    Layout layout = new Layout(options, boot.hybrid(), date);
    layout.plan(tree, boot, date, spool);
    return layout;
  }

  private void plan(NodeTree tree, BootSetup boot, Instant date, Spool spool) throws IOException {
    boot.catalogPath()
        .ifPresent(path ->
            tree.put(
                path,
                name ->
                    Node.file(name, DiscAttributes.of(0444, date), catalogData.content(), null)));
    IdentityHashMap<Node, List<BootEntry>> booted = new IdentityHashMap<>();
    for (BootEntry entry : boot.entries()) {
      if (!entry.partition()) {
        booted.computeIfAbsent(boot.image(tree, entry), _ -> new ArrayList<>()).add(entry);
      }
    }
    List<FileData> files = ContentPlan.of(tree.root(), options, date, spool, booted, catalogData);
    List<FileData> appended = appended(boot, spool);
    addEntries(tree, boot, appended);
    parts.add(systemArea);
    parts.add(descriptors);
    addTrees(tree.root());
    if (!catalog.isEmpty()) {
      parts.add(new FileArea(List.of(catalogData)));
      descriptors.catalog(catalogData);
    }
    parts.add(new FileArea(files));
    place(appended);
  }

  private static List<FileData> appended(BootSetup boot, Spool spool) throws IOException {
    List<FileData> appended = new ArrayList<>();
    HybridBoot hybrid = boot.hybrid();
    if (hybrid != null) {
      for (AppendedPartition partition : hybrid.appended()) {
        String name = "partition " + partition.number();
        DiscContent content = spool.known(partition.content());
        appended.add(new FileData(name, content, content.size(), Optional.empty()));
      }
    }
    return appended;
  }

  private void addEntries(NodeTree tree, BootSetup boot, List<FileData> appended)
      throws IOException {
    for (BootEntry entry : boot.entries()) {
      FileData data =
          entry.partition() ? appended.get(boot.partition(entry)) : boot.image(tree, entry).data();
      if (data == null) {
        throw new IOException(entry.image() + ": no content to boot");
      }
      if (!entry.partition()) {
        systemArea.image(entry.platform(), data);
      }
      catalog.add(entry, data, data.content());
    }
    if (systemArea.lacksImage()) {
      throw new IOException(
          "boot code for a disk needs a boot image for a BIOS, and there is none");
    }
  }

  private void addTrees(Node root) throws IOException {
    SystemUseArea area = options.rockRidge() ? new SystemUseArea() : null;
    addTree(
        root,
        DiscReport.Tree.PRIMARY,
        NameRule.Primary.ofLevel(options.level()),
        options.rockRidge() && options.relocation(),
        area);
    if (area != null) {
      // Some readers refuse what is behind a file's content.
      parts.add(area);
    }
    if (options.level() == 4) {
      addTree(root, DiscReport.Tree.ENHANCED, new NameRule.Enhanced(), false, null);
    }
    if (options.joliet() != DiscOptions.Joliet.NONE) {
      NameRule rule = new NameRule.Joliet(options.joliet().longest());
      addTree(root, DiscReport.Tree.JOLIET, rule, false, null);
    }
  }

  private void addTree(
      Node root,
      DiscReport.Tree kind,
      NameRule rule,
      boolean relocated,
      @Nullable SystemUseArea area)
      throws IOException {
    String label = options.identifiers().volume();
    String recorded = VolumeDescriptorSet.recorded(label, kind, VolumeDescriptorSet.LABEL);
    if (!recorded.equals(label)) {
      mapped.add(new DiscReport.MappedName(kind, "", recorded));
    }
    DirectoryTree tree = DirectoryTree.of(root, kind, rule, relocated, area);
    PathTables paths = new PathTables(tree);
    parts.add(paths);
    parts.add(tree);
    descriptors.add(kind, tree, paths);
    mapped.addAll(tree.mapped());
  }

  private void place(List<FileData> appended) throws IOException {
    long next = 0;
    for (ImagePart part : parts) {
      next = part.place(next);
    }
    next += options.padding() ? PADDING : 0;
    for (FileData partition : appended) {
      long first = next;
      next = partition.place(first);
      systemArea.appended(partition);
      parts.add(new Placed(partition, first));
    }
    blocks = systemArea.imageEnd(next);
    if (blocks > MOST_BLOCKS) {
      throw new IOException("a disc has room for " + MOST_BLOCKS + " blocks, and not " + blocks);
    }
    systemArea.imageBlocks(blocks);
    descriptors.volumeBlocks(blocks);
  }

  /** Content that has its place already, and zeroes up to it. */
  private record Placed(FileData data, long first) implements ImagePart {
    @Override
    public long place(long block) {
      throw new IllegalStateException();
    }

    @Override
    public void write(ImageOutput out) throws IOException {
      out.zeroesTo(first * DiscFields.BLOCK);
      out.copy(data);
      out.endBlock();
    }
  }

  /** Returns the size of the image in bytes. */
  long size() {
    return blocks * DiscFields.BLOCK;
  }

  /** Returns the names that are not recorded as they are. */
  List<DiscReport.MappedName> mapped() {
    return mapped;
  }

  /** Writes the image. */
  void write(WritableByteChannel target, ProgressListener progress) throws IOException {
    if (options.implantedMd5()) {
      ImplantedMd5 md5 = new ImplantedMd5(size());
      descriptors.applicationUse(ImplantedMd5.BLANK);
      writeOnce(md5, ProgressListener.NONE);
      descriptors.applicationUse(md5.text());
    }
    writeOnce(target, progress);
  }

  private void writeOnce(WritableByteChannel target, ProgressListener progress) throws IOException {
    ImageOutput out = new ImageOutput(target, size(), progress);
    for (ImagePart part : parts) {
      part.write(out);
      out.endBlock();
    }
    systemArea.writeEnd(out);
    out.flush();
  }
}
