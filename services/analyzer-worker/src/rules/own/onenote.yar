rule onenote_with_program
{
  meta:
    title = "A OneNote file with a script or program in it"
    explanation = "The file is a OneNote notebook that holds a script or a program, which its pictures are made to have clicked."
    weight = 75
    category = "malware"
  strings:
    $guid = { E4 52 5C 7B 8C D8 A7 4D AE B1 53 78 D0 29 96 D3 }
    $embedded = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
    $bad1 = "WScript.Shell" nocase
    $bad2 = "<HTA:APPLICATION" nocase
    $bad3 = "powershell" nocase
    $bad4 = "This program cannot be run in DOS mode"
    $bad5 = "@echo off" nocase
  condition:
    $guid and @guid[1] == 0 and $embedded and any of ($bad*)
}
