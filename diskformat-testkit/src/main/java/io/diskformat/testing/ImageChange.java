package io.diskformat.testing;

import com.google.common.base.Splitter;
import io.diskformat.BitmapChange;
import io.diskformat.DirtyCursor;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A change of an image that leaves its disk as it is, in words: {@code amend NAME VALUE}, {@code
 * rebase NAME FORMAT}, {@code rebase} onto nothing, or {@code bitmap} with {@code add}, {@code
 * remove}, {@code clear}, {@code enable}, {@code disable} or {@code merge} and a name.
 */
record ImageChange(List<String> words) {
  static ImageChange of(String text) {
    return new ImageChange(Splitter.on(' ').splitToList(text));
  }

  /** Returns the first word. */
  String kind() {
    return words.getFirst();
  }

  /** Makes the change. */
  void on(ImageMaintenance image) throws IOException {
    switch (kind()) {
      case "amend" -> image.amend(Map.of(words.get(1), words.get(2)), ProgressListener.NONE);
      case "rebase" ->
          image.rebase(
              words.size() == 1
                  ? Rebase.ontoNothing()
                  : Rebase.onto(words.get(1), words.get(2)),
              ProgressListener.NONE);
      case "bitmap" -> image.change(bitmap(words.get(1), words.get(2)));
      default -> throw new IllegalArgumentException(words.toString());
    }
  }

  private static BitmapChange bitmap(String what, String name) {
    return switch (what) {
      case "add" -> new BitmapChange.Add(name, OptionalLong.empty(), true);
      case "remove" -> new BitmapChange.Remove(name);
      case "clear" -> new BitmapChange.Clear(name);
      case "enable" -> new BitmapChange.Enable(name);
      case "disable" -> new BitmapChange.Disable(name);
      case "merge" -> {
        DirtyCursor.Range[] ranges = {new DirtyCursor.Range(4096, 1 << 20), null};
        int[] next = {0};
        yield new BitmapChange.Merge(name, () -> ranges[next[0]++]);
      }
      default -> throw new IllegalArgumentException(what);
    };
  }
}
