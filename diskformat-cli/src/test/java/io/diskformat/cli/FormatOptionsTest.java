package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FormatOptionsTest {

  @Test
  void readsOptions() {
    assertEquals(Map.of(), FormatOptions.parse(List.of()));
    assertEquals(
        Map.of("a", "1", "b", "x=y", "c", "on", "d", "1,2", "e", ""),
        FormatOptions.parse(List.of("a=0,b=x=y,c", "d=1,,2,e=", "a=1")));
  }

  @Test
  void refusesOptionsWithoutAName() {
    for (String text : List.of("", "=1", "a=1,", ",a=1")) {
      assertThrows(IllegalArgumentException.class, () -> FormatOptions.parse(List.of(text)), text);
    }
  }
}
