rule macro_auto_open
{
  meta:
    title = "A macro that starts by itself and runs commands"
    explanation = "The document holds a program that starts when the document is opened, and that can run commands."
    weight = 70
    category = "malware"
  strings:
    $auto1 = "AutoOpen" nocase
    $auto2 = "Auto_Open" nocase
    $auto3 = "Document_Open" nocase
    $auto4 = "Workbook_Open" nocase
    $auto5 = "AutoExec" nocase
    $run1 = "WScript.Shell" nocase
    $run2 = "CreateObject" nocase
    $run3 = "URLDownloadToFile" nocase
    $run4 = "ShellExecute" nocase
    $vba1 = "Attribut" nocase
    $vba2 = "VBA" nocase
  condition:
    filesize < 10MB and any of ($auto*) and any of ($run*) and any of ($vba*)
}
