package io.diskformat.iso.build;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a symbolic link leads, as entries of Rock Ridge.
 *
 * <pre>
 * SL   4  1  flags: 1 another entry follows
 *      5     components: flags (1 goes on in the next, 2 ".", 4 "..", 8 "/"), length, a name
 * </pre>
 *
 * <p>libarchive leaves out the slash between two entries. So what an entry ends with goes on in the
 * next one, be it with nothing, as long as there is a name that can.
 */
final class TargetEntries {
  private static final int MOST = 255 - 5;
  private static final int GOES_ON = 1;
  private static final int ITSELF = 2;
  private static final int ABOVE = 4;
  private static final int ROOT = 8;

  private final List<byte[]> entries = new ArrayList<>();
  private final List<Component> components = new ArrayList<>();
  private int used;

  private static final class Component {
    private final int flags;
    private final byte[] name;

    Component(int flags, byte[] name) {
      this.flags = flags;
      this.name = name;
    }

    int length() {
      return 2 + name.length;
    }

    boolean isName() {
      return (flags & ~GOES_ON) == 0;
    }
  }

  private TargetEntries() {}

  /** Returns the entries of a link. */
  static List<byte[]> of(String target) {
    TargetEntries result = new TargetEntries();
    String relative = target;
    if (target.startsWith("/")) {
      result.add(new Component(ROOT, new byte[0]));
      relative = target.substring(1);
    }
    if (!relative.isEmpty()) {
      for (String name : relative.split("/", -1)) {
        result.add(component(name));
      }
    }
    result.end(0);
    return result.entries;
  }

  private static Component component(String name) {
    return switch (name) {
      case "." -> new Component(ITSELF, new byte[0]);
      case ".." -> new Component(ABOVE, new byte[0]);
      default -> new Component(0, name.getBytes(StandardCharsets.UTF_8));
    };
  }

  private void add(Component next) {
    Component left = next;
    while (used + left.length() > MOST) {
      int room = MOST - used - 2;
      if (left.isName() && room > 0) {
        put(new Component(GOES_ON, Arrays.copyOf(left.name, room)));
        end(GOES_ON);
        left = new Component(0, Arrays.copyOfRange(left.name, room, left.name.length));
      } else {
        endBeforeDots();
      }
    }
    put(left);
  }

  private void put(Component component) {
    components.add(component);
    used += component.length();
  }

  /** Ends the entry behind the last name; what is behind that begins the next one. */
  private void endBeforeDots() {
    int last = components.size() - 1;
    while (last > 0 && !components.get(last).isName()) {
      last--;
    }
    if (!components.get(last).isName()) {
      end(GOES_ON);
      return;
    }
    List<Component> behind = new ArrayList<>(components.subList(last + 1, components.size()));
    components.set(last, goingOn(components.get(last)));
    components.subList(last + 1, components.size()).clear();
    end(GOES_ON);
    put(new Component(0, new byte[0]));
    behind.forEach(this::put);
  }

  private static Component goingOn(Component name) {
    return new Component(GOES_ON, name.name);
  }

  private void end(int flags) {
    ByteBuffer entry =
        ByteBuffer.allocate(5 + components.stream().mapToInt(Component::length).sum());
    entry.put(new byte[] {'S', 'L', (byte) entry.limit(), 1, (byte) flags});
    for (Component component : components) {
      entry.put((byte) component.flags).put((byte) component.name.length).put(component.name);
    }
    entries.add(entry.array());
    components.clear();
    used = 0;
  }
}
