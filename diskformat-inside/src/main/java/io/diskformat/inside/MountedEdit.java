package io.diskformat.inside;

import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Edits of several trees as one, as {@link MountedTree} puts the trees together. */
final class MountedEdit implements FileTreeEdit {
  private final Map<String, FileTreeEdit> edits;
  private final Map<String, String> names;

  private MountedEdit(Map<String, FileTreeEdit> edits, Map<String, String> names) {
    this.edits = edits;
    this.names = names;
  }

  /**
   * Returns the edit of several trees, or the only one as it is.
   *
   * @param edits by {@link MountedTree#place}, in the order in which they are committed; one of
   *     them at the empty place
   * @param names of the volumes, by the same
   */
  static FileTreeEdit of(Map<String, FileTreeEdit> edits, Map<String, String> names) {
    return edits.size() == 1 ? edits.values().iterator().next() : new MountedEdit(edits, names);
  }

  @Override
  public FileTree tree() {
    Map<String, FileTree> trees = new LinkedHashMap<>();
    edits.forEach((place, edit) -> trees.put(place, edit.tree()));
    return MountedTree.of(trees);
  }

  private FileTreeEdit editOf(FileNode node) {
    FileTreeEdit edit = edits.get(MountedTree.placed(node).tree());
    if (edit == null) {
      throw new IllegalArgumentException("a node of another tree");
    }
    return edit;
  }

  private static FileNode own(FileNode node) {
    return MountedTree.placed(node).node();
  }

  /** Refuses what would take away a place where a volume is. */
  private void requireFree(FileNode directory, String name) throws FileSystemException {
    String path = MountedTree.placed(directory).path() + "/" + name;
    for (String place : edits.keySet()) {
      if (place.equals(path) || place.startsWith(path + "/")) {
        throw new FileSystemException(path, null, "has a volume mounted at " + place);
      }
    }
  }

  @Override
  public void write(FileNode file, long position, MemorySegment source) throws IOException {
    editOf(file).write(own(file), position, source);
  }

  @Override
  public void setSize(FileNode file, long size) throws IOException {
    editOf(file).setSize(own(file), size);
  }

  @Override
  public int usualPermissions(FileNode directory, boolean ofDirectory) throws IOException {
    return editOf(directory).usualPermissions(own(directory), ofDirectory);
  }

  @Override
  public void createFile(FileNode directory, String name, int permissions) throws IOException {
    editOf(directory).createFile(own(directory), name, permissions);
  }

  @Override
  public void createDirectory(FileNode directory, String name, int permissions) throws IOException {
    editOf(directory).createDirectory(own(directory), name, permissions);
  }

  @Override
  public void createSymbolicLink(FileNode directory, String name, String target)
      throws IOException {
    editOf(directory).createSymbolicLink(own(directory), name, target);
  }

  @Override
  public void delete(FileNode directory, String name) throws IOException {
    requireFree(directory, name);
    editOf(directory).delete(own(directory), name);
  }

  @Override
  public void rename(FileNode directory, String name, FileNode newDirectory, String newName)
      throws IOException {
    requireFree(directory, name);
    FileTreeEdit edit = editOf(directory);
    if (!edit.equals(editOf(newDirectory))) {
      throw new AtomicMoveNotSupportedException(name, newName, "they are on different volumes");
    }
    edit.rename(own(directory), name, own(newDirectory), newName);
  }

  @Override
  public void replace(FileNode directory, String name, String newName) throws IOException {
    requireFree(directory, name);
    requireFree(directory, newName);
    editOf(directory).replace(own(directory), name, newName);
  }

  @Override
  public void setPermissions(FileNode file, int permissions) throws IOException {
    editOf(file).setPermissions(own(file), permissions);
  }

  @Override
  public void setOwner(FileNode file, long owner, long group) throws IOException {
    editOf(file).setOwner(own(file), owner, group);
  }

  @Override
  public void setTimes(FileNode file, @Nullable FileTime modified, @Nullable FileTime accessed)
      throws IOException {
    editOf(file).setTimes(own(file), modified, accessed);
  }

  @Override
  public void prepare() throws IOException {
    for (FileTreeEdit edit : edits.values()) {
      edit.prepare();
    }
  }

  /**
   * Writes one volume after the other, once each of them is known to be ready. Those that are only
   * read have no changes, and are not mentioned.
   *
   * @throws PartialCommitException if one cannot be written
   */
  @Override
  public void commit() throws IOException {
    prepare();
    List<String> written = new ArrayList<>();
    List<String> left = new ArrayList<>();
    Map<String, FileTreeEdit> changing = new LinkedHashMap<>(edits);
    changing.values().removeIf(ReadOnlyEdit.class::isInstance);
    changing.keySet().forEach(place -> left.add(name(place)));
    for (FileTreeEdit edit : changing.values()) {
      String name = left.removeFirst();
      try {
        edit.commit();
      } catch (IOException | RuntimeException e) {
        throw new PartialCommitException(written, name, left, e);
      }
      written.add(name);
    }
  }

  private String name(String place) {
    return names.getOrDefault(place, place);
  }

  @Override
  public void close() {
    edits.values().forEach(FileTreeEdit::close);
  }
}
