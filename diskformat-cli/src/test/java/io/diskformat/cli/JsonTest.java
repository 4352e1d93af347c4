package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  private static String written(Object value) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(out, OutputStream.nullOutputStream(), StandardCharsets.US_ASCII, false);
    new Json(terminal).write(value);
    terminal.flush();
    return out.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void hasTheLayoutOfQemu() throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("number", 1L);
    map.put("truth", true);
    map.put("list", List.of("a", List.of(), Map.of("b", 2)));
    map.put("none", Map.of());
    String expected =
        """
        {
            "number": 1,
            "truth": true,
            "list": [
                "a",
                [
                ],
                {
                    "b": 2
                }
            ],
            "none": {
            }
        }
        """;
    assertEquals(expected, written(map));
  }

  @Test
  void writesAnyStringAsAscii() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c < 0x3000; c++) {
      all.append((char) c);
    }
    all.append("\ud83d\ude00\uffff");
    String json = written(all.toString());
    assertEquals(all.toString(), JsonParser.parseString(json).getAsString());
    assertEquals(1, json.lines().count());
  }

  @Test
  void escapesAsQemuDoes() {
    assertEquals(
        "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007F\\u65E5\"",
        Json.quoted("\"\\\b\f\n\r\t\u0001\u007f\u65e5"));
  }
}
