rule shortcut_with_command
{
  meta:
    title = "A Windows shortcut that runs a command"
    explanation = "The file is a shortcut (LNK). Opening it starts a command line and no document."
    weight = 80
    category = "malware"
  strings:
    $head = { 4C 00 00 00 01 14 02 00 }
    $tool1 = "cmd.exe" nocase wide ascii
    $tool2 = "powershell" nocase wide ascii
    $tool3 = "mshta" nocase wide ascii
    $tool4 = "wscript" nocase wide ascii
    $tool5 = "cscript" nocase wide ascii
    $tool6 = "rundll32" nocase wide ascii
    $tool7 = "msiexec" nocase wide ascii
    $tool8 = "certutil" nocase wide ascii
  condition:
    $head and @head[1] == 0 and any of ($tool*)
}
