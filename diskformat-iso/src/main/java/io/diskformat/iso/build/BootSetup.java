package io.diskformat.iso.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a disc is booted from. */
final class BootSetup {
  private final List<BootEntry> entries = new ArrayList<>();
  private @Nullable String catalogPath;
  private @Nullable HybridBoot hybrid;

  void add(BootEntry entry) {
    entries.add(entry);
  }

  void catalogPath(String path) {
    catalogPath = path;
  }

  void hybrid(HybridBoot wanted) {
    hybrid = wanted;
  }

  List<BootEntry> entries() {
    return entries;
  }

  /** Returns the path of the file that the catalog is to be, if it is to be one. */
  Optional<String> catalogPath() {
    return entries.isEmpty() ? Optional.empty() : Optional.ofNullable(catalogPath);
  }

  @Nullable HybridBoot hybrid() {
    return hybrid;
  }

  /**
   * Returns the file that an entry boots.
   *
   * @throws IOException if it is not there
   */
  Node image(NodeTree tree, BootEntry entry) throws IOException {
    Node node = tree.find(entry.image());
    if (node == null || node.kind() != Node.Kind.FILE) {
      throw new IOException(entry.image() + ": the boot image is no file of the disc");
    }
    return node;
  }

  /**
   * Returns which of the appended partitions an entry boots, from 0.
   *
   * @throws IOException if there is none of its number
   */
  int partition(BootEntry entry) throws IOException {
    List<AppendedPartition> appended = hybrid == null ? List.of() : hybrid.appended();
    for (int i = 0; i < appended.size(); i++) {
      if (String.valueOf(appended.get(i).number()).equals(entry.image())) {
        return i;
      }
    }
    throw new IOException(
        "the boot image is partition " + entry.image() + ", and none is appended");
  }
}
