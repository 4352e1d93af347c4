package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A view of attributes, which are read when a caller asks for them. */
final class TreeAttributeView implements PosixFileAttributeView {

  /** Finds the file and its attributes. */
  @FunctionalInterface
  interface Source {
    TreeAttributes read() throws IOException;
  }

  private final String name;
  private final Source source;
  private final Supplier<AttributeChanges> changes;

  /**
   * Creates a view.
   *
   * @param name of the view
   * @param changes what sets attributes; throws where nothing can be changed
   */
  TreeAttributeView(String name, Source source, Supplier<AttributeChanges> changes) {
    this.changes = changes;
    this.name = name;
    this.source = source;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public TreeAttributes readAttributes() throws IOException {
    return source.read();
  }

  @Override
  public UserPrincipal getOwner() throws IOException {
    return readAttributes().owner();
  }

  @Override
  public void setTimes(
      @Nullable FileTime modified, @Nullable FileTime accessed, @Nullable FileTime created)
      throws IOException {
    changes.get().setTimes(modified, accessed);
  }

  @Override
  public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
    changes.get().setMode(AttributeChanges.mode(permissions));
  }

  @Override
  public void setGroup(GroupPrincipal group) throws IOException {
    changes.get().setOwner(null, Numbered.of(group));
  }

  @Override
  public void setOwner(UserPrincipal owner) throws IOException {
    changes.get().setOwner(Numbered.of(owner), null);
  }
}
