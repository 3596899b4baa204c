package io.sluice.app.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option comes from when the command line does not give it: the environment ({@code
 * SLUICE_INLINE_LIMIT} for {@code --inline-limit}), then the YAML file of {@code --config} (key
 * {@code inline-limit}), then the default.
 */
public final class OptionSources implements IDefaultValueProvider {
  private final Map<String, String> environment;
  private final @Nullable JsonNode file;

  private OptionSources(Map<String, String> environment, @Nullable JsonNode file) {
    this.environment = environment;
    this.file = file;
  }

  /**
   * Reads the configuration file if there is one.
   *
   * @param known the long names of all options, without dashes; the file may have no others
   * @throws IllegalArgumentException when the file can't be read or has an unknown key
   */
  public static OptionSources load(
      Map<String, String> environment, @Nullable Path file, Set<String> known) {
    if (file == null) {
      return new OptionSources(environment, null);
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new IllegalArgumentException(
          file + (Files.exists(file) ? " is not a file that can be read" : " does not exist"));
    }
    try {
      JsonNode root = new YAMLMapper().readTree(file.toFile());
      if (root.isMissingNode() || root.isNull()) {
        return new OptionSources(environment, null);
      }
      if (!root.isObject()) {
        throw new IllegalArgumentException(file + ": expected 'option: value' lines");
      }
      Set<String> unknown = new TreeSet<>();
      root.fieldNames().forEachRemaining(unknown::add);
      unknown.removeAll(known);
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(
            file + ": there is no option " + String.join(", ", unknown));
      }
      return new OptionSources(environment, root);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ", line " + e.getLocation().getLineNr() + ": " + firstLine(e), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": " + firstLine(e), e);
    }
  }

  private static String firstLine(IOException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return null;
    }
    String name = option.longestName().replaceFirst("^--?", "");
    String fromEnvironment =
        environment.get("SLUICE_" + name.toUpperCase(Locale.ROOT).replace('-', '_'));
    if (fromEnvironment != null && !fromEnvironment.isBlank()) {
      return fromEnvironment;
    }
    JsonNode value = file == null ? null : file.get(name);
    return value == null || value.isNull() ? null : text(value);
  }

  private static String text(JsonNode value) {
    if (!value.isArray()) {
      return value.asText();
    }
    List<String> items = new ArrayList<>();
    value.forEach(item -> items.add(item.asText()));
    return String.join(",", items);
  }
}
