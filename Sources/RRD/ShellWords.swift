/// Splits a text into words as a shell does: blanks part them, quotes and backslashes keep them together.
/// An open quote ends with the text.
func shellWords(_ text: String) -> [String] {
  var words: [String] = []
  var word: String?
  var quote: Character?
  var escaped = false
  for character in text {
    if escaped {
      // Inside double quotes a shell takes the backslash only before these.
      if quote == "\"", character != "\"", character != "\\" { word = (word ?? "") + "\\" }
      word = (word ?? "") + String(character)
      escaped = false
    } else if character == "\\", quote != "'" {
      escaped = true
    } else if character == quote {
      quote = nil
    } else if quote == nil, character == "'" || character == "\"" {
      quote = character
      word = word ?? ""
    } else if quote == nil, character.isWhitespace {
      if let finished = word { words.append(finished) }
      word = nil
    } else {
      word = (word ?? "") + String(character)
    }
  }
  if let word { words.append(word) }
  return words
}
