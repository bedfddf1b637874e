rule rtf_equation_exploit
{
  meta:
    title = "A text document that attacks the equation editor"
    explanation = "The document holds an object of the old equation editor, which has a hole that runs foreign code. Hardly any honest document has one."
    weight = 85
    category = "malware"
  strings:
    $rtf = "{\\rt"
    $eq1 = "Equation.3" nocase
    $eq2 = "4571756174696f6e2e33" nocase
    $eq3 = "0002CE020000000000C000000000000046" nocase
  condition:
    $rtf and @rtf[1] == 0 and any of ($eq*)
}
