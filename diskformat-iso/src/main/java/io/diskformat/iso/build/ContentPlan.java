package io.diskformat.iso.build;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says of all files what is recorded of them: how long their content is, as it is stored, which of
 * them share it, and their attributes. Content comes in the order of the files' paths.
 */
final class ContentPlan {
  /** As long as a file of one section can be. */
  private static final long LONGEST_SECTION = 0xffff_ffffL;

  private static final int LEVEL_OF_SECTIONS = 3;
  private static final int MODE_OF_PARENTS = 0755;

  private final DiscOptions options;
  private final Instant date;
  private final Spool spool;

  /** Entries of the boot catalog by their images. */
  private final IdentityHashMap<Node, List<BootEntry>> booted;

  private final List<FileData> files = new ArrayList<>();
  private final Map<Object, FileData> shared = new HashMap<>();
  private final Map<Object, Integer> links = new HashMap<>();

  private ContentPlan(
      DiscOptions options,
      Instant date,
      Spool spool,
      IdentityHashMap<Node, List<BootEntry>> booted) {
    this.options = options;
    this.date = date;
    this.spool = spool;
    this.booted = booted;
  }

  /**
   * Visits all files.
   *
   * @param date of what nobody gave a time
   * @param booted entries of the boot catalog by their images
   * @param catalog the boot catalog; a file of it keeps what it has
   * @return the content, each once
   * @throws IOException if content cannot be read, or is too long for the level
   */
  static List<FileData> of(
      Node root,
      DiscOptions options,
      Instant date,
      Spool spool,
      IdentityHashMap<Node, List<BootEntry>> booted,
      FileData catalog)
      throws IOException {
    ContentPlan plan = new ContentPlan(options, date, spool, booted);
    plan.countLinks(root);
    plan.visit(root, "", catalog);
    return plan.files;
  }

  /**
   * Returns when the newest file of a tree was modified; the beginning of time if there is none.
   */
  static Instant newest(Node node) {
    DiscAttributes attributes = node.attributes();
    Instant newest = attributes == null ? Instant.EPOCH : attributes.modified();
    for (Node child : node.children()) {
      Instant below = newest(child);
      newest = below.isAfter(newest) ? below : newest;
    }
    return newest;
  }

  private void countLinks(Node node) {
    if (node.identity() != null) {
      links.merge(node.identity(), 1, Integer::sum);
    }
    node.children().forEach(this::countLinks);
  }

  private void visit(Node node, String path, FileData catalog) throws IOException {
    node.record(recorded(node));
    Object identity = node.identity();
    node.links(identity == null ? 1 : links.getOrDefault(identity, 1));
    DiscContent content = node.content();
    if (catalog.content().equals(content)) {
      node.data(catalog);
    } else if (content != null) {
      FileData data = identity == null ? null : shared.get(identity);
      if (data == null) {
        data = data(node, path, content);
        files.add(data);
        if (identity != null) {
          shared.put(identity, data);
        }
      }
      node.data(data);
    }
    for (Node child : node.children()) {
      visit(child, path + "/" + child.name(), catalog);
    }
  }

  private DiscAttributes recorded(Node node) {
    DiscAttributes asked = node.attributes();
    DiscAttributes known = asked == null ? DiscAttributes.of(MODE_OF_PARENTS, date) : asked;
    DiscAttributes wanted = options.forEverybody() ? known.forEverybody(node.isDirectory()) : known;
    return new DiscAttributes(
        wanted.mode(),
        wanted.owner(),
        wanted.group(),
        options.clamp(wanted.modified()),
        wanted.accessed().map(options::clamp),
        wanted.created().map(options::clamp));
  }

  private FileData data(Node node, String path, DiscContent given) throws IOException {
    DiscContent content = spool.known(given);
    long size = content.size();
    List<BootEntry> entries = booted.getOrDefault(node, List.of());
    if (!entries.isEmpty()) {
      return bootImage(path, content, size, entries);
    }
    if (options.compression() && options.rockRidge()) {
      Optional<FileData> compressed = Zisofs.compress(spool, path, content, size);
      if (compressed.isPresent()) {
        return compressed.get();
      }
    }
    if (size > LONGEST_SECTION && options.level() < LEVEL_OF_SECTIONS) {
      throw new IOException(
          path
              + ": "
              + size
              + " bytes are too many for level "
              + options.level()
              + " of ISO 9660; level 3 has files of 4 GiB and more");
    }
    return new FileData(path, content, size, Optional.empty());
  }

  private static FileData bootImage(
      String path, DiscContent content, long size, List<BootEntry> entries) throws IOException {
    boolean infoTable = entries.stream().anyMatch(BootEntry::infoTable);
    boolean grubInfo = entries.stream().anyMatch(BootEntry::grubInfo);
    if (!infoTable && !grubInfo) {
      return new FileData(path, content, size, Optional.empty());
    }
    BootImage image = new BootImage(path, content, size, infoTable, grubInfo);
    FileData data = new FileData(path, image, size, Optional.empty());
    image.extent(data);
    return data;
  }
}
